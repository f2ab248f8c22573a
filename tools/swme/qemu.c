/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swme qemu: becomes QEMU with the module preloaded. All arguments are QEMU's own. The preload is
 * set for that one exec; the module takes it out of the environment again once it is in. With
 * SWME_QEMU_MODULE=none it becomes the QEMU that SWME_QEMU names, which has the device built in.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdbool.h>
#include <unistd.h>

#include <glib.h>

#include "tools/swme/swme.h"

#define DEFAULT_QEMU "qemu-system-x86_64"
#define MODULE_FILE  "swme-qemu.so"
#define DEVICE_FILE  "swme-device.so"
#define NO_MODULE    "none" /* SWME_QEMU_MODULE for a QEMU that has the device built in */

static char *find_qemu(void)
{
    const char *wanted = g_getenv("SWME_QEMU");
    char *found;

    if (!wanted || !*wanted) {
        wanted = DEFAULT_QEMU;
    }
    found = g_find_program_in_path(wanted);
    if (!found) {
        swme_fail("no QEMU: '%s' is not an executable that can be found (SWME_QEMU names another; "
                  "scripts/setup installs it)",
                  wanted);
    }
    return found;
}

/* The module of the build that this swme is from, or the installed one. */
static char *find_module(void)
{
    const char *wanted = g_getenv("SWME_QEMU_MODULE");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
    const char *const places[] = {"", "hw", "../../hw", NULL};
    char *installed = g_build_filename(SWME_MODULE_DIR, MODULE_FILE, NULL);

    if (wanted && *wanted) {
        g_free(installed);
        return g_canonicalize_filename(wanted, NULL);
    }
    for (size_t i = 0; folder && places[i]; i++) {
        g_autofree char *path = g_build_filename(folder, places[i], MODULE_FILE, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            g_free(installed);
            return g_canonicalize_filename(path, NULL);
        }
    }
    return installed;
}

static bool module_usable(const char *module)
{
    g_autofree char *folder = g_path_get_dirname(module);
    g_autofree char *device = g_build_filename(folder, DEVICE_FILE, NULL);
    const char *const files[] = {module, device};

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        if (access(files[i], R_OK)) {
            swme_fail("no module for QEMU: %s: %s (scripts/setup builds it)", files[i],
                      g_strerror(errno));
            return false;
        }
    }
    return true;
}

/*
 * The name to preload the module by. Colons and spaces separate the entries of LD_PRELOAD and
 * cannot be quoted: a path with one goes by an open file instead, which QEMU inherits.
 */
static char *preload_name(const char *module)
{
    int fd;

    if (!strpbrk(module, ": \t\n")) {
        return g_strdup(module);
    }
    fd = open(module, O_RDONLY); /* meant to live through exec */
    if (fd < 0) {
        swme_fail("no module for QEMU: %s: %s", module, g_strerror(errno));
        return NULL;
    }
    return g_strdup_printf("/proc/self/fd/%d", fd);
}

static void preload(const char *name)
{
    const char *before = g_getenv("LD_PRELOAD");
    g_autofree char *list = before && *before ? g_strconcat(name, ":", before, NULL) : NULL;

    g_setenv("LD_PRELOAD", list ? list : name, TRUE);
}

static bool preload_module(void)
{
    g_autofree char *module = find_module();
    g_autofree char *name = module_usable(module) ? preload_name(module) : NULL;

    if (name) {
        preload(name);
    }
    return name != NULL;
}

int command_qemu(int argc G_GNUC_UNUSED, char **argv)
{
    g_autofree char *qemu = find_qemu();

    if (!qemu || (g_strcmp0(g_getenv("SWME_QEMU_MODULE"), NO_MODULE) != 0 && !preload_module())) {
        return SWME_EXIT_USAGE;
    }
    argv[0] = qemu;
    execv(qemu, argv);
    return swme_fail("cannot run %s: %s", qemu, g_strerror(errno));
}
