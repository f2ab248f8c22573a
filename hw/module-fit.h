/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two halves of the loadable module, and how either refuses. */
#ifndef SWME_MODULE_FIT_H
#define SWME_MODULE_FIT_H

/* Exit status of a QEMU that the module does not fit: as for any other wrong usage. */
#define SWME_REFUSED 2

/* Says why in one line and ends the process: a module that does not fit never runs on. */
#define swme_refuse(...)                       \
    do {                                       \
        fprintf(stderr, "swme: " __VA_ARGS__); \
        fputc('\n', stderr);                   \
        _exit(SWME_REFUSED);                   \
    } while (0)

#endif
