-- Measures the statement `ask` in a session that has run it before: its first look at the catalog would be most of the time.
EXECUTE ask \g /dev/null
\ir begin.sql
EXECUTE ask \g /dev/null
\ir end.sql
