set terminal svg size 840, 520 dynamic font "sans-serif,13" background rgb "white"
set multiplot layout 2, 3 title "ms, by the number of jobs that are there"
set logscale xy
set format x "10^{%L}"
set yrange [0.1:1000]
set grid ytics linecolor rgb "#e5e5e5" linetype 1
set key top left noenhanced
do for [panel = 0:5] {
    set title word('"insert 1000" "start 1000" "count the open ones" "a page of 50" "soft-delete 1000" "purge 1000"', panel + 1)
    plot data index panel using 1:2 with linespoints linetype extension title "batch_job", \
         data index panel using 1:3 with linespoints linetype other title "bare table"
    unset key
}
