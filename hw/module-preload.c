/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The half of the module that is preloaded (swme-qemu.so). It needs nothing of QEMU to be loaded,
 * so it does no harm in any other program. In a QEMU it proves that the version is the one that the
 * device was built for, then opens the device (swme-device.so, beside it) with every symbol
 * resolved at once. All this is before main(), the moment at which QEMU's own types register too.
 */
#include "qemu/osdep.h"

#include <dlfcn.h>

#include "qapi/qapi-types-control.h"

#include "hw/module-fit.h"

#define DEVICE_FILE "swme-device.so"

typedef VersionInfo *(*QueryVersion)(Error **errp);
typedef void (*FreeVersion)(VersionInfo *info);

/*
 * Takes the entry of that name out of LD_PRELOAD, so that what QEMU starts (network scripts,
 * migration's exec:) gets the variable as it was before the launcher.
 */
static void leave_ld_preload(const char *entry)
{
    const char *list = getenv("LD_PRELOAD");
    const char *at = list ? strstr(list, entry) : NULL;
    size_t length = strlen(entry);
    g_autofree char *rest = NULL;

    /* Whole entries only; ld.so takes colons and spaces alike as separators. */
    while (at && !((at == list || strchr(": ", at[-1])) && strchr(": ", at[length]))) {
        at = strstr(at + 1, entry);
    }
    if (!at) {
        return;
    }
    rest = g_strdup_printf("%.*s%s", (int)(at - list), list, at + length + (at[length] != '\0'));
    if (at[length] == '\0' && at != list) {
        rest[at - list - 1] = '\0'; /* the last of several: its separator goes too */
    }
    if (*rest) {
        setenv("LD_PRELOAD", rest, 1);
    } else {
        unsetenv("LD_PRELOAD");
    }
}

/*
 * The distribution patches QEMU without a change of the upstream number, so the package's version,
 * which it puts into QEMU's, must be equal too. A rebuild of the same source (+b and a number) has
 * the same structures.
 */
static bool same_package(const char *package)
{
    const char *rebuild = package + strlen(SWME_QEMU_PKGVERSION);

    if (!g_str_has_prefix(package, SWME_QEMU_PKGVERSION)) {
        return false;
    }
    return !*rebuild || (g_str_has_prefix(rebuild, "+b") && rebuild[2] &&
                         strspn(rebuild + 2, "0123456789") == strlen(rebuild + 2));
}

static void prove_version(QueryVersion query_version)
{
    FreeVersion free_version = (FreeVersion)dlsym(RTLD_DEFAULT, "qapi_free_VersionInfo");
    VersionInfo *info = query_version(NULL);
    const VersionTriple *triple = info->qemu;

    if (triple->major != QEMU_VERSION_MAJOR || triple->minor != QEMU_VERSION_MINOR ||
        triple->micro != QEMU_VERSION_MICRO || !same_package(info->package)) {
        swme_refuse("built for QEMU %s (%s), this is %d.%d.%d (%s): run scripts/setup",
                    QEMU_VERSION, SWME_QEMU_PKGVERSION, (int)triple->major, (int)triple->minor,
                    (int)triple->micro, info->package);
    }
    if (free_version) {
        free_version(info);
    }
}

static void open_device(const char *self)
{
    g_autofree char *real = realpath(self, NULL);
    g_autofree char *folder = g_path_get_dirname(real ? real : self);
    g_autofree char *device = g_build_filename(folder, DEVICE_FILE, NULL);

    if (!dlopen(device, RTLD_NOW | RTLD_LOCAL)) {
        swme_refuse("the device does not load into this QEMU: %s", dlerror());
    }
}

static void __attribute__((constructor)) swme_preloaded(void)
{
    QueryVersion query_version = (QueryVersion)dlsym(RTLD_DEFAULT, "qmp_query_version");
    Dl_info self;

    /*
     * No system emulator: a wrapper around one, perhaps. The environment stays, so that the QEMU
     * that the wrapper starts has the device.
     */
    if (!query_version || !dlsym(RTLD_DEFAULT, "qemu_init")) {
        return;
    }
    if (!dladdr((void *)swme_preloaded, &self)) {
        swme_refuse("cannot find the module's own file");
    }
    prove_version(query_version);
    open_device(self.dli_fname);
    leave_ld_preload(self.dli_fname);
}
