# What all plots share: SVG on white, which can be read on a dark page too, and colours that the colour-blind tell apart.
# What is the extension's is blue.
set terminal svg size 840, 360 dynamic noenhanced font "sans-serif,13" background rgb "white"
set datafile separator "|"
set border 3 linecolor rgb "#999999"
set tics nomirror textcolor rgb "#333333"
set style fill solid noborder
set linetype 1 linecolor rgb "#0072b2" linewidth 2 pointtype 7 pointsize 0.6
set linetype 2 linecolor rgb "#56b4e9" linewidth 2 pointtype 7 pointsize 0.6
set linetype 3 linecolor rgb "#cc79a7" linewidth 2 pointtype 7 pointsize 0.6
set linetype 4 linecolor rgb "#999999" linewidth 2 pointtype 5 pointsize 0.6
set linetype 5 linecolor rgb "#e69f00" linewidth 2 pointtype 5 pointsize 0.6
set linetype 6 linecolor rgb "#d55e00" linewidth 2 pointtype 5 pointsize 0.6
extension = 1
other = 4
color(flag) = flag eq "t" ? extension : other
