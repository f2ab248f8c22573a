/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages' way to WS-Management, in the visitor's name. */
#ifndef SWME_AMT_WEB_ASK_H
#define SWME_AMT_WEB_ASK_H

#include "firmware-sim/amt/web/web.h"

/* Values by name, as text; those of an array are apart by ", ". */
typedef GHashTable WebInstance;

/* "": there is no such value. */
const char *web_value(WebInstance *instance, const char *name);
bool web_value_is(WebInstance *instance, const char *name, const char *value);

/* All of a class, and what comes from it; empty: none. NULL: refused. Free with g_ptr_array_unref.
 */
GPtrArray *web_instances(WebVisit *visit, const char *class);

/* One input of a method, or one property of a Put. In a list the last has no name. */
typedef struct WebInput {
    const char *name;
    const char *text;
    /* Not NULL: a reference to the instance of this class whose InstanceID is text. */
    const char *class;
} WebInput;

typedef struct WebTarget {
    const char *class;
    const char *key; /* NULL: the class has one instance */
    const char *value;
} WebTarget;

/*
 * True: ReturnValue is 0. out may be NULL; else it is what the method returned, to be freed with
 * g_hash_table_unref.
 */
bool web_invoke(WebVisit *visit, const WebTarget *target, const char *method,
                const WebInput *inputs, WebInstance **out);
/* Writes these properties and leaves the others. */
bool web_put(WebVisit *visit, const WebTarget *target, const WebInput *properties);

#endif
