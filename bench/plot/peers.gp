set multiplot layout 1, 3 title "ms a job, commit not waited for" margins 0.2, 0.97, 0.05, 0.8 spacing 0.03, 0
stats data using 1 nooutput
set yrange [STATS_max + 0.6 : 0.4]
set xrange [0:*]
set offsets 0, graph 0.25, 0, 0
set xtics format "" scale 0
set ytics format "" scale 0
unset key
do for [panel = 0:2] {
    set title word('"enqueue one" "take and finish one" "enqueue many at once"', panel + 1)
    plot data using (0):1:(0):(column(panel + 4)):($1 - 0.35):($1 + 0.35):(color(strcol(3))) \
             with boxxyerror linecolor variable, \
         data using (panel == 0 ? 0 : NaN):1:2 with labels right offset -1, 0, \
         data using (column(panel + 4)):1:(sprintf(" %.2g", column(panel + 4))) with labels left
}
