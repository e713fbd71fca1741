set title "bulk INSERT: µs a row, median, least and most"
set yrange [*:*] reverse
set xrange [0:*]
set offsets 0, graph 0.08, 0, 0
set grid xtics linecolor rgb "#e5e5e5" linetype 1
unset key
plot data using (0):1:(0):4:($1 - 0.35):($1 + 0.35):(color(strcol(3))):yticlabels(2) with boxxyerror linecolor variable, \
     data using 5:1:($6 - $5):(0) with vectors nohead linecolor rgb "#333333" linewidth 1, \
     data using 6:1:(sprintf("  %.1f", $4)) with labels left
