/*
 * gettext.c
 *	  Functions of gettext that do nothing, to be preloaded.  Libraries of
 *	  Debian's server that call those of glibc while libasan is starting wait
 *	  for its lock for ever.
 */
char *
bindtextdomain(const char *domain, const char *directory)
{
	(void) domain;
	return (char *) directory;
}

char *
bind_textdomain_codeset(const char *domain, const char *codeset)
{
	(void) domain;
	return (char *) codeset;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}
