/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over files and folders of files, without libFuzzer: so that every compiler
 * and every run of the tests replays the corpora and the crashes that were once found.
 */
#include <string.h>

#include <glib.h>

#include "tests/fuzz/fuzz.h"

static unsigned int replayed;

static bool replay_file(const char *path)
{
    g_autofree char *data = NULL;
    g_autofree uint8_t *copy = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    if (!g_file_get_contents(path, &data, &size, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    if (getenv("FUZZ_VERBOSE")) {
        fprintf(stderr, "%s\n", path);
    }
    /* Exactly as long as it is, for the sanitizer to see a byte too far. */
    copy = g_memdup2(data, size);
    LLVMFuzzerTestOneInput(copy, size);
    replayed++;
    return true;
}

static bool replay(const char *path)
{
    g_autoptr(GDir) dir = NULL;
    const char *name;
    bool ok = true;

    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return replay_file(path);
    }
    dir = g_dir_open(path, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inside = g_build_filename(path, name, NULL);

        ok = replay(inside) && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = true;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        printf("usage: %s FILE-OR-FOLDER...\n", argv[0]);
        return argc < 2 ? 2 : 0;
    }
    setenv("FUZZ_ALL", "1", 0); /* before the first input */
    for (int i = 1; i < argc; i++) {
        ok = replay(argv[i]) && ok;
    }
    printf("%u inputs replayed\n", replayed);
    /* A corpus that went missing must not pass for one that holds. */
    return ok && replayed ? 0 : 1;
}
