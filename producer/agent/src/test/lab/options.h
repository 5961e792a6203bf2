/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEATHLAB_OPTIONS_H
#define DEATHLAB_OPTIONS_H

#include <stdbool.h>

struct options {
	unsigned int id;	/* of this lab among those that run at once; part of every name it uses */
	unsigned int seed;
	bool shuffle;
	unsigned int repeat;
	bool hold;		/* start the older victims, say ready, wait for a line on stdin */
	bool self_check;	/* a table for people instead of JSON */
};

#endif /* DEATHLAB_OPTIONS_H */
