/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux tells (drivers/misc/mei/mei-trace.h) are the control and status registers. The windows
 * have no tracepoint: what the host wrote comes from a kprobe on mei_me_hbuf_write(), and that it
 * read from the pointers that moved.
 */
#include "firmware-sim/capture/import.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/capture.h>
#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#include "firmware-sim/capture/capture.h"
#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/capture/setup.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/error.h"

typedef struct Import {
    GByteArray *out;
    SwmeImported *imported;
    int64_t stamp;
    char *device; /* the first one that the log names: it may have several */
    uint8_t host_written;
    uint8_t host_read;
    uint32_t packet[MEI_PACKET_MAX / 4 + 4]; /* that the host is about to write */
    unsigned int slots;                      /* of it; 0: none */
} Import;

static void put(Import *import, unsigned int kind, unsigned int flags, uint32_t offset,
                uint64_t value)
{
    uint8_t record[CAPTURE_HEAD_SIZE + 16] = {CAPTURE_VERSION, (uint8_t)kind, (uint8_t)flags};

    swme_put_le32(record + CAPTURE_HEAD_SIZE, offset);
    swme_put_le32(record + CAPTURE_HEAD_SIZE + 4, 4);
    swme_put_le64(record + CAPTURE_HEAD_SIZE + 8, value);
    swme_pcapng_packet(import->out, import->stamp, record, sizeof(record));
}

/* ---- what the pointers tell ---- */

static void host_wrote(Import *import, uint8_t slots)
{
    bool known = slots == import->slots;

    for (unsigned int i = 0; i < slots; i++) {
        put(import, CAPTURE_WRITE, known ? 0 : CAPTURE_UNKNOWN, HECI_H_CB_WW,
            known ? import->packet[i] : 0);
    }
    import->imported->packets += known;
    import->imported->missing += !known;
    import->slots = 0;
}

static void before_read(Import *import, uint32_t offset, uint32_t value)
{
    uint8_t moved;

    if (offset == HECI_H_CSR) {
        moved = (uint8_t)((uint8_t)(value >> H_CSR_CBWP_SHIFT) - import->host_written);
        import->host_written = (uint8_t)(import->host_written + moved);
        if (moved && moved <= HECI_DEPTH_MAX) {
            host_wrote(import, moved);
        }
    } else if (offset == HECI_ME_CSR_HA) {
        moved = (uint8_t)((uint8_t)(value >> ME_CSR_CBRP_SHIFT) - import->host_read);
        import->host_read = (uint8_t)(import->host_read + moved);
        for (unsigned int i = 0; i < moved && moved <= HECI_DEPTH_MAX; i++) {
            put(import, CAPTURE_READ, CAPTURE_UNKNOWN, HECI_ME_CB_RW, 0);
        }
    }
}

/* ---- lines ---- */

/* "[DEVICE] … [0xOFFSET] = 0xVALUE" */
static bool parse_access(Import *import, const char *text, uint32_t *offset, uint32_t *value)
{
    const char *end = strchr(text, ']');
    const char *at;
    char *stop;

    if (*text != '[' || !end) {
        return false;
    }
    if (!import->device) {
        import->device = g_strndup(text, (gsize)(end - text));
    }
    at = strstr(end, "[0x");
    if (strncmp(text, import->device, strlen(import->device)) != 0 || !at) {
        return false;
    }
    *offset = (uint32_t)g_ascii_strtoull(at + 1, &stop, 16);
    at = *stop == ']' ? strstr(stop, "= ") : NULL;
    if (!at) {
        return false;
    }
    *value = (uint32_t)g_ascii_strtoull(at + 2, &stop, 16);
    return stop > at + 2;
}

/* NAME={0x1,0x2,…} into words. How many there were. */
static unsigned int parse_words(const char *line, const char *name, uint32_t *words,
                                unsigned int most)
{
    const char *at = strstr(line, name);
    unsigned int count = 0;

    for (at = at ? at + strlen(name) : NULL; at && count < most;) {
        char *stop;

        words[count] = (uint32_t)g_ascii_strtoull(at, &stop, 16);
        if (stop == at) {
            break;
        }
        count++;
        at = *stop == ',' ? stop + 1 : NULL;
    }
    return count;
}

static bool parse_number(const char *line, const char *name, unsigned int *number)
{
    const char *at = strstr(line, name);
    char *stop;

    if (!at) {
        return false;
    }
    at += strlen(name);
    *number = (unsigned int)g_ascii_strtoull(at, &stop, 10);
    return stop > at;
}

/* The kprobe's line, as docs/record-from-hardware.md sets it up. */
static void take_packet(Import *import, const char *line)
{
    uint32_t data[128 + 4];
    unsigned int head_size, size, head, words;

    import->slots = 0;
    if (!parse_number(line, " hdr_len=", &head_size) || !parse_number(line, " len=", &size) ||
        head_size < 4 || head_size > 16 || head_size % 4 || size > MEI_HDR_LENGTH_MAX) {
        return;
    }
    head = parse_words(line, " hdr={", import->packet, 4);
    words = parse_words(line, " d0={", data, 64);
    words += parse_words(line, " d1={", data + words, 64);
    if (head < head_size / 4 || words < (size + 3) / 4) {
        return;
    }
    if (size % 4) {
        /* The driver fills the last slot up with zeros (hw-me.c). */
        data[size / 4] &= (1u << size % 4 * 8) - 1;
    }
    memcpy(import->packet + head_size / 4, data, (size + 3) / 4 * 4);
    import->slots = head_size / 4 + (size + 3) / 4;
}

/* The time stands before the event's name: "…  11.224339: NAME: ". */
static void take_time(Import *import, const char *line, const char *event)
{
    const char *at = event;
    char *stop;
    uint64_t seconds, micros = 0;

    while (at > line && (g_ascii_isdigit(at[-1]) || at[-1] == '.' || at[-1] == ':')) {
        at--;
    }
    seconds = g_ascii_strtoull(at, &stop, 10);
    if (stop == at || seconds > INT32_MAX) {
        return;
    }
    if (*stop == '.') {
        micros = g_ascii_strtoull(stop + 1, NULL, 10) % G_USEC_PER_SEC;
    }
    import->stamp =
        MAX(import->stamp, (int64_t)seconds * SWME_NS_PER_S + (int64_t)micros * SWME_NS_PER_US);
}

static void take_access(Import *import, unsigned int kind, const char *text)
{
    uint32_t offset, value;

    if (!parse_access(import, text, &offset, &value)) {
        return;
    }
    if (kind == CAPTURE_READ) {
        before_read(import, offset, value);
    }
    put(import, kind, 0, offset, value);
    import->imported->accesses++;
    if (kind == CAPTURE_WRITE && offset == HECI_H_CSR && (value & H_CSR_RST)) {
        import->host_written = import->host_read = 0;
        import->slots = 0;
    }
}

static void take_line(Import *import, const char *line)
{
    static const struct {
        const char *event;
        unsigned int kind;
    } events[] = {
        {" mei_reg_read: ", CAPTURE_READ},
        {" mei_reg_write: ", CAPTURE_WRITE},
        {" mei_pci_cfg_read: ", CAPTURE_CONFIG_READ},
    };
    const char *found = strstr(line, " hbuf: ");

    if (found && strstr(found, "mei_me_hbuf_write")) {
        take_time(import, line, found);
        take_packet(import, found);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        found = strstr(line, events[i].event);
        if (found) {
            take_time(import, line, found);
            take_access(import, events[i].kind, found + strlen(events[i].event));
            return;
        }
    }
}

static void put_setup(Import *import, const SwmeFirmwareConfig *config)
{
    g_autofree char *text = swme_capture_setup_text(config, NULL, SWME_CAPTURE_REGISTERS);
    g_autofree char *all = g_strconcat(text, "imported=on\n", NULL);
    g_autoptr(GByteArray) record = g_byte_array_new();
    const uint8_t head[CAPTURE_HEAD_SIZE] = {CAPTURE_VERSION, CAPTURE_SETUP};
    const uint8_t reset[CAPTURE_HEAD_SIZE] = {CAPTURE_VERSION, CAPTURE_RESET};

    g_byte_array_append(record, head, sizeof(head));
    g_byte_array_append(record, (const uint8_t *)all, (guint)strlen(all));
    swme_pcapng_packet(import->out, 0, record->data, record->len);
    swme_pcapng_packet(import->out, 0, reset, sizeof(reset));
}

bool swme_capture_import(const char *log, size_t size, const SwmeFirmwareConfig *config,
                         GByteArray *out, SwmeImported *imported, GError **error)
{
    Import import = {.out = out, .imported = imported};
    const char *end = log + size;

    *imported = (SwmeImported){0};
    swme_pcapng_header(out, "swme import");
    put_setup(&import, config);
    while (log < end) {
        const char *feed = memchr(log, '\n', (size_t)(end - log));
        size_t length = (size_t)((feed ? feed : end) - log);
        g_autofree char *line = g_strndup(log, length);

        take_line(&import, line);
        log = feed ? feed + 1 : end;
    }
    g_free(import.device);
    return imported->accesses ||
           swme_error_set(error, SWME_ERROR_STATE, NULL,
                          "no line of Linux' mei tracepoints in it (mei_reg_read, mei_reg_write, "
                          "mei_pci_cfg_read)");
}
