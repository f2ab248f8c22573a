/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "apf": any messages from a host in any order, while it reads or does not, services
 * read, write and hang up, ports come and go, AMT opens channels of its own and time passes.
 * Whatever comes, what the firmware says is well formed, within the windows that it was given, and
 * bounded; and where nothing is awaited no timer runs.
 */
#include <string.h>

#include <gio/gio.h>

#include <swme/apf.h>
#include <swme/bytes.h>

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/apf.h"
#include "tests/fuzz/fuzz.h"

#define STREAMS     24
#define CHANNELS    (APF_SLOTS + APF_OWN_SLOTS)
#define QUEUE_MAX   4
#define MESSAGE_MAX 16384
#define INPUT_MAX   256 /* some 100 steps, each with a look at the main context */

typedef struct Model {
    SwmeManualClock *clock;
    SwmeServices *services;
    Apf *apf;
    GQueue out; /* GBytes */
    GIOStream *streams[STREAMS];
    unsigned int next_stream;
    /* What the host gave for data on its channel of that number; the host's numbers are ours. */
    uint64_t given[CHANNELS];
    bool wide[CHANNELS];
    unsigned int versions;
    bool paused;
    bool ended;
    bool disconnected;
} Model;

static bool ready(void *opaque)
{
    return ((Model *)opaque)->out.length < QUEUE_MAX;
}

static void check_data(Model *model, const uint8_t *data, size_t size)
{
    uint32_t recipient = swme_get_be32(data + APF_CHANNEL_OFF_RECIPIENT);
    uint32_t length = swme_get_be32(data + APF_DATA_OFF_LENGTH);

    FUZZ_MUST(length > 0 && size == 9u + length, "%u bytes", length);
    FUZZ_MUST(recipient < CHANNELS, "channel %u was never named", recipient);
    /* What LMS takes, unless the host ever had a much wider window. */
    FUZZ_MUST(length <= (model->wide[recipient] ? 16375 : 4095), "%u bytes", length);
    FUZZ_MUST(length <= model->given[recipient], "%u bytes, the window has less", length);
    model->given[recipient] -= length;
}

static void check_message(Model *model, const uint8_t *data, size_t size)
{
    static const struct {
        uint8_t type;
        uint8_t size;
    } fixed[] = {{1, 7}, {82, 1}, {91, 17}, {92, 17}, {93, 9}, {97, 5}, {192, 93}};

    FUZZ_MUST(size > 0 && size <= MESSAGE_MAX, "%zu bytes", size);
    FUZZ_MUST(!model->disconnected, "a message behind DISCONNECT");
    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++) {
        FUZZ_MUST(data[0] != fixed[i].type || size == fixed[i].size, "%u: %zu bytes", data[0],
                  size);
    }
    switch (data[0]) {
    case APF_CHANNEL_DATA:
        FUZZ_MUST(size > 9, "%zu bytes", size);
        check_data(model, data, size);
        break;
    case APF_CHANNEL_WINDOW_ADJUST:
        FUZZ_MUST(swme_get_be32(data + 5) - 1 < 65536, "an adjustment that is too wide");
        break;
    case APF_PROTOCOL_VERSION:
        FUZZ_MUST(++model->versions == 1, "a second PROTOCOLVERSION");
        break;
    case APF_DISCONNECT:
        model->disconnected = true;
        break;
    case APF_SERVICE_REQUEST:
    case APF_SERVICE_ACCEPT:
    case APF_GLOBAL_REQUEST:
    case APF_REQUEST_FAILURE:
    case APF_CHANNEL_OPEN:
    case APF_CHANNEL_OPEN_CONFIRMATION:
    case APF_CHANNEL_OPEN_FAILURE:
    case APF_CHANNEL_CLOSE:
        break;
    default:
        FUZZ_MUST(false, "type %u", data[0]);
    }
}

static void send(void *opaque, GBytes *message)
{
    Model *model = opaque;
    gsize size;
    const uint8_t *data = g_bytes_get_data(message, &size);

    FUZZ_MUST(model->out.length < QUEUE_MAX, "more than there is room for");
    check_message(model, data, size);
    g_queue_push_tail(&model->out, message);
}

static void pause_host(void *opaque, bool paused)
{
    ((Model *)opaque)->paused = paused;
}

static void end(void *opaque)
{
    FUZZ_MUST(((Model *)opaque)->disconnected, "ended without a word");
    ((Model *)opaque)->ended = true;
}

static void note(void *opaque, const char *text)
{
    (void)opaque;
    FUZZ_MUST(*text, "an empty note");
}

static const ApfOps ops = {ready, send, pause_host, end, note};

static void drop_stream(Model *model, unsigned int i)
{
    if (model->streams[i]) {
        g_io_stream_close(model->streams[i], NULL, NULL);
        g_clear_object(&model->streams[i]);
    }
}

static void keep(Model *model, GIOStream *stream)
{
    unsigned int i = model->next_stream++ % STREAMS;

    drop_stream(model, i);
    model->streams[i] = stream;
}

static void take(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    FUZZ_MUST(strlen(peer->address) < sizeof(peer->address), "an address without an end");
    keep(opaque, stream);
}

/* ---- what happens ---- */

static void message(Model *model, const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);

    /* A host that is held back may have one message under way, and no more. */
    if (!model->paused) {
        apf_message(model->apf, bytes);
    }
}

static void raw_message(Model *model, FuzzInput *input)
{
    static const uint8_t types[] = {1, 5, 6, 80, 81, 82, 90, 91, 92, 93, 94, 97, 192, 208};
    uint8_t choice = fuzz_u8(input);
    size_t size = MIN(fuzz_u8(input), input->left);
    uint8_t data[257];

    /* Opens and windows are the model's to give: it would lose count. */
    if (choice == 90 || choice == 91 || choice == 93) {
        return;
    }
    data[0] = choice < G_N_ELEMENTS(types) ? types[choice] : choice;
    for (size_t i = 1; i <= size; i++) {
        data[i] = fuzz_u8(input);
    }
    if (data[0] == 90 || data[0] == 91 || data[0] == 93) {
        size = MIN(size, 7);
    }
    message(model, data, 1 + size);
}

static void start_up(Model *model)
{
    uint8_t version[93] = {192, 0, 0, 0, 1};

    message(model, version, sizeof(version));
    message(model, (const uint8_t *)"\6\0\0\0\22pfwd@amt.intel.com", 23);
}

static void open_channel(Model *model, FuzzInput *input)
{
    static const char text[] = "\132\0\0\0\17forwarded-tcpip\0\0\0\0\0\0\0\0\377\377\377\377"
                               "\0\0\0\0\0\0\102\140\0\0\0\011127.0.0.1\0\0\0\1";
    uint8_t data[sizeof(text) - 1];
    uint8_t number = fuzz_u8(input) % CHANNELS;
    uint32_t window = fuzz_u16(input);

    memcpy(data, text, sizeof(data));
    data[23] = number;
    swme_put_be32(data + 24, window);
    if (!model->paused) {
        model->given[number] += window;
        model->wide[number] |= window >= 8192;
    }
    message(model, data, sizeof(data));
}

static void words(Model *model, FuzzInput *input, uint8_t type, unsigned int count)
{
    uint8_t data[17] = {type};
    uint8_t number = fuzz_u8(input) % (CHANNELS + 1);
    uint32_t bytes = fuzz_u16(input);

    swme_put_be32(data + 1, number);
    swme_put_be32(data + 5, type == 91 ? number % CHANNELS : bytes);
    swme_put_be32(data + 9, bytes);
    if ((type == 91 || type == 93) && !model->paused) {
        /* Which of the host's channels it is for is the firmware's to know: allow each. */
        for (unsigned int i = 0; i < CHANNELS; i++) {
            model->given[i] += bytes;
            model->wide[i] |= type == 91 && bytes >= 8192;
        }
    }
    message(model, data, 1 + 4 * count);
}

static void data_message(Model *model, FuzzInput *input)
{
    size_t size = fuzz_u16(input) % (MESSAGE_MAX - 8);
    g_autofree uint8_t *data = g_malloc0(9 + size);

    data[0] = 94;
    swme_put_be32(data + 1, fuzz_u8(input) % CHANNELS);
    swme_put_be32(data + 5, (uint32_t)size);
    message(model, data, 9 + size);
}

static void service(Model *model, FuzzInput *input)
{
    static const uint8_t text[9000] = {'x'};
    unsigned int i = fuzz_u8(input) % STREAMS;
    uint8_t what = fuzz_u8(input);
    uint8_t buffer[3000];
    GIOStream *stream = model->streams[i];

    if (!stream) {
        return;
    }
    switch (what % 6) {
    case 0:
        g_pollable_input_stream_read_nonblocking(
            G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream)), buffer, 1 + what * 11u,
            NULL, NULL);
        break;
    case 1:
        g_pollable_output_stream_write_nonblocking(
            G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream)), text, 1 + what * 35u,
            NULL, NULL);
        break;
    case 2:
        g_input_stream_close(g_io_stream_get_input_stream(stream), NULL, NULL);
        break;
    case 3:
        g_output_stream_close(g_io_stream_get_output_stream(stream), NULL, NULL);
        break;
    case 4:
        g_clear_object(&model->streams[i]);
        break;
    default:
        drop_stream(model, i);
        break;
    }
}

static void port(Model *model, FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input);
    uint16_t number = (uint16_t)(16992 + choice % 4);

    if (choice & 0x80) {
        swme_services_remove(model->services, number);
    } else {
        swme_services_add(model->services, number, take, model);
    }
}

static void own(Model *model, FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input);
    GIOStream *stream;

    if (choice & 1) {
        apf_send_datagram(model->apf, "192.0.2.1", 162, 161, "trap", choice / 64);
    } else if ((stream = apf_open(model->apf, "192.0.2.1", choice))) {
        keep(model, stream);
    }
}

static void read_out(Model *model, unsigned int count)
{
    while (count-- && model->out.length) {
        g_bytes_unref(g_queue_pop_head(&model->out));
        apf_pump(model->apf);
    }
}

static void begin(Model *model)
{
    static const uint8_t uuid[APF_UUID_SIZE] = {1};
    const ApfConfig config = {.ops = &ops,
                              .opaque = model,
                              .clock = swme_manual_clock(model->clock),
                              .services = model->services,
                              .uuid = uuid};

    model->versions = 0;
    model->paused = model->ended = model->disconnected = false;
    g_queue_clear_full(&model->out, (GDestroyNotify)g_bytes_unref);
    model->apf = apf_new(&config);
    apf_pump(model->apf);
}

static void step(Model *model, FuzzInput *input)
{
    static const uint8_t types[] = {92, 97};
    uint8_t choice = fuzz_u8(input);

    switch (choice % 16) {
    case 0:
        raw_message(model, input);
        break;
    case 1:
        start_up(model);
        break;
    case 2:
    case 3:
        open_channel(model, input);
        break;
    case 4:
        words(model, input, 93, 2);
        break;
    case 5:
        words(model, input, 91, 4);
        break;
    case 6:
        words(model, input, types[choice / 16 % 2], choice / 16 % 2 ? 1 : 4);
        break;
    case 7:
        data_message(model, input);
        break;
    case 8:
    case 9:
        service(model, input);
        break;
    case 10:
        port(model, input);
        break;
    case 11:
        own(model, input);
        break;
    case 12:
        swme_manual_clock_advance(model->clock, fuzz_u8(input) * SWME_NS_PER_S / 8);
        break;
    case 13:
        message(model, choice & 16 ? (const uint8_t *)"\122" : (const uint8_t *)"\121\0\0\0\1",
                choice & 16 ? 1 : 5);
        break;
    case 14:
        if (choice == 0xfe) {
            apf_free(model->apf);
            begin(model);
        }
        break;
    default:
        read_out(model, 1 + choice / 16);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, INPUT_MAX)};
    Model model = {0};

    model.clock = swme_manual_clock_new();
    model.services = swme_services_new();
    swme_services_add(model.services, 16992, take, &model);
    begin(&model);
    while (input.left) {
        step(&model, &input);
        g_main_context_iteration(NULL, FALSE);
        FUZZ_MUST(apf_channels(model.apf) <= CHANNELS, "too many channels");
        FUZZ_MUST(apf_channels(model.apf) || !swme_manual_clock_armed(model.clock),
                  "a timer for nothing");
        read_out(&model, 1);
    }
    apf_free(model.apf);
    for (unsigned int i = 0; i < STREAMS; i++) {
        drop_stream(&model, i);
    }
    FUZZ_MUST(!swme_manual_clock_armed(model.clock), "a timer is left");
    g_queue_clear_full(&model.out, (GDestroyNotify)g_bytes_unref);
    swme_services_free(model.services);
    swme_manual_clock_free(model.clock);
    return 0;
}
