set multiplot layout 1, 2 margins 0.08, 0.64, 0.16, 0.9 spacing 0.09, 0
set logscale x 2
set xtics (1, 2, 8, 32)
set xlabel "clients"
set yrange [0:*]
set grid ytics linecolor rgb "#e5e5e5" linetype 1
stats data using 1 nooutput
unset key
set title "INSERTs a second, no wait for disk"
plot for [block = 0:STATS_blocks - 2] data index block using 1:2 with linespoints
set key at screen 0.99, 0.88 right top samplen 2
set title "INSERTs a second, durable"
plot for [block = 0:STATS_blocks - 2] data index block using 1:3 with linespoints title columnhead(1)
