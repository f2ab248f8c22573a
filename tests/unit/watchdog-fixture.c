/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/watchdog-fixture.h"

#include "tests/unit/unit.h"

static void machine_reset(void *opaque)
{
    ((Machine *)opaque)->resets++;
}

static void machine_expired(void *opaque)
{
    ((Machine *)opaque)->expirations++;
}

const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_expired,
};

Dog *dog_new(const BenchOptions *options)
{
    Dog *dog = g_new0(Dog, 1);
    BenchOptions mine = *options;
    BenchClient client;

    mine.machine = (SwmeMachine){&machine_ops, &dog->machine};
    dog->bench = bench_up(&mine);
    dog->amt = swme_firmware_amt(dog->bench->firmware);
    dog->watchdog = swme_firmware_watchdog(dog->bench->firmware);
    client = bench_open(dog->bench, GUID_TEXT_WATCHDOG, 1);
    bench_connect(dog->bench, client.address, 2);
    dog->address = client.address;
    dog->acknowledges = dog->bench->platform->version.major >= 10;
    return dog;
}

void dog_free(Dog *dog)
{
    if (dog) {
        bench_free(dog->bench);
        g_free(dog);
    }
}

GByteArray *dog_ask(Dog *dog, uint8_t host, const void *data, size_t size)
{
    GByteArray *answer = NULL;
    uint8_t credit[MEI_PACKET_MAX];
    bool credited = false;

    bench_grant(dog->bench, dog->address, host);
    bench_data(dog->bench, dog->address, host, data, size);
    /* The answer and the next credit, in whichever order. */
    for (;;) {
        size_t packet_size;
        const uint8_t *packet = fake_device_peek(&dog->bench->device, &packet_size);

        if (!packet) {
            break;
        }
        if (packet[0] != 0) {
            MUST(!answer);
            answer = bench_take_message(dog->bench, dog->address, host);
        } else {
            MUST_EQ(bench_take_hbm(dog->bench, credit), 8);
            MUST_EQ(credit[0], 8);
            MUST(!credited);
            credited = true;
        }
    }
    MUST(credited);
    return answer;
}

static GByteArray *send_start(Dog *dog, uint8_t host, uint16_t timeout_s)
{
    uint8_t request[23] = {0x02, 0x15, 0x13, 0x10};

    swme_put_le16(request + 4, timeout_s);
    return dog_ask(dog, host, request, sizeof(request));
}

void dog_start(Dog *dog, uint8_t host, uint16_t timeout_s)
{
    g_autoptr(GByteArray) answer = send_start(dog, host, timeout_s);

    if (!dog->acknowledges) {
        MUST(!answer);
        return;
    }
    MUST(answer != NULL);
    MUST_EQ(answer->len, 6);
    ck_assert_mem_eq(answer->data, ((uint8_t[]){0x02, 0x04, 0x83, 0x10, 0x00, 0x00}), 6);
}

bool dog_probe(Dog *dog, uint8_t host)
{
    g_autoptr(GByteArray) answer = send_start(dog, host, 120);

    MUST(answer != NULL);
    MUST_EQ(answer->len, 6);
    ck_assert_mem_eq(answer->data, ((uint8_t[]){0x02, 0x04, 0x83, 0x10, 0x00}), 5);
    MUST((answer->data[5] & ~1u) == 0);
    return answer->data[5] == 0;
}

void dog_stop(Dog *dog, uint8_t host)
{
    g_autoptr(GByteArray) answer = dog_ask(dog, host, BYTES(0x02, 0x02, 0x14, 0x10));

    if (dog->acknowledges) {
        MUST(answer != NULL);
        MUST_EQ(answer->len, 0);
    } else {
        MUST(!answer);
    }
}

void dog_disconnect(Dog *dog, uint8_t host)
{
    bench_hbm(dog->bench, BYTES(0x07, dog->address, host, 0));
    bench_expect_hbm(dog->bench, BYTES(0x87, dog->address, host, 0));
}

void dog_pass(Dog *dog, int64_t ns)
{
    swme_manual_clock_advance(dog->bench->clock, ns);
}

unsigned int dog_records(const Dog *dog, uint8_t sensor_type)
{
    unsigned int count = 0;
    AmtEvent event;

    for (unsigned int i = 1; amt_log_get(dog->amt, i, &event); i++) {
        count += event.sensor_type == sensor_type;
    }
    return count;
}
