# SPDX-License-Identifier: GPL-2.0-or-later
"""The eighteen bug classes that device models and servers suffer from, the test that guards each, and a
mutant of ours: a place in the code, told by one expression, and what goes there. The test fails on it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One mistake on purpose."""

    number: int
    bug_class: str
    program: str   # tests/unit/PROGRAM.c
    test: str      # the one in it that must fail
    what: str      # the mistake, for the reader
    file: str
    place: str     # regular expression that matches once
    edit: str      # what goes there


MUTANTS = (
    Mutant(1, "a failed range check logs, then carries on",
           "test-heci-access", "write_window_overflow_has_no_side_effect",
           "a write to a full ring is counted and done", "hw/heci.c",
           r"(HECI_H_CB_OVERFLOW, HECI_H_CB_WW\);)\s*return;", r"\1"),
    Mutant(2, "abort or assert reachable by the guest",
           "test-heci-access", "no_register_reads_zero_and_ignores_writes",
           "a write where no register is ends the process", "hw/heci.c",
           r"(HECI_UNKNOWN_REGISTER, offset\);\s*)return;", r"\1__builtin_trap();"),
    Mutant(3, "index or pointer wrap",
           "test-heci-model", "state_pointers_are_valid_exactly_when_no_more_than_full",
           "a pointer is held against the ring's depth, instead of the distance of both", "hw/heci.c",
           r"heci_ring_filled\(ring\) <= depth;", r"ring->read_pointer <= depth;"),
    Mutant(4, "integer overflow in size arithmetic",
           "test-firmware-dma", "rings_that_cannot_be_are_refused",
           "a buffer may go over the end of all addresses", "firmware-sim/bus/dma-ring.c",
           r" && buffer->address <= UINT64_MAX - buffer->size;",
           r" && buffer->address + buffer->size != buffer->address;"),
    Mutant(5, "length field against bytes present",
           "test-firmware-hbm", "short_messages_are_counted_and_ignored",
           "a host bus message may be short", "firmware-sim/bus/hbm.c",
           r"if \(size < command->size \|\| ", r"if ("),
    Mutant(6, "uninitialised or stale bytes in a reply",
           "test-firmware-hbm", "properties_of_mkhi_fixed_byte_for_byte",
           "what nobody sets in the answer to PROPERTIES is what was there before", "firmware-sim/bus/hbm.c",
           r"(uint8_t response\[HBM_PROPERTIES_RES_SIZE\]) = \{HBM_PROPERTIES \| HBM_RESPONSE\};",
           r"\1; memset(response, 0xa5, sizeof(response)); response[0] = HBM_PROPERTIES | HBM_RESPONSE;"),
    Mutant(7, "re-entrancy: DMA or an interrupt's handler in our own registers",
           "test-heci-reentry", "host_that_acks_within_the_interrupt",
           "the line's level is noted only after it was told", "hw/heci.c",
           r"heci->irq_level = level;(\s*heci->interrupts \+= level;\s*)(heci->host->irq\([^;]*;)",
           r"\1\2 heci->irq_level = level;"),
    Mutant(8, "guest memory read twice",
           "test-firmware-dma", "a_counter_is_read_once",
           "the host's counter is read again once it was checked", "firmware-sim/bus/dma-ring.c",
           r"dma->host_read \+= slots;",
           r"dma->host_read += read_counter(bus, DMA_RING_CTRL_HOST_WRITE, &host_write)"
           r" ? host_write - dma->host_read : 0;"),
    Mutant(9, "unbounded loop driven by the other side's data",
           "test-host-driver-edges", "packets_without_end_do_not_hold_the_caller",
           "an interrupt's packets are read for as long as some come", "host-driver/mei.c",
           r"i < PACKETS_PER_INTERRUPT; i\+\+", r"mei; i++"),
    Mutant(10, "unbounded allocation",
           "test-firmware-flow", "an_endless_message_is_cut_off",
           "a message may be as long as it likes", "firmware-sim/bus/connection.c",
           r"if \(size > connection->client->class->max_length - at\)", r"if (size > UINT32_MAX - at)"),
    Mutant(11, "use after free, or a leftover, on reset",
           "test-firmware-flow", "reset_at_each_step_leaves_nothing_behind",
           "connections outlive the reset of the link", "firmware-sim/bus/bus.c",
           r"while \(\(connection = g_queue_pop_head\(&bus->connections\)\)\)",
           r"while (!bus->started && (connection = g_queue_pop_head(&bus->connections)))"),
    Mutant(12, "saved state trusted",
           "test-state-checks", "each_check",
           "any number of credits is loaded", "firmware-sim/bus/state.c",
           r" \|\| tx_credits > ME_CREDIT_MAX \|\|", r" ||"),
    Mutant(13, "link or control parser",
           "test-control", "brackets_do_not_take_the_stack",
           "a line may have as many brackets as it likes", "firmware-sim/control/control-json.c",
           r"return brackets <= CONTROL_BRACKETS_MAX;", r"return brackets < G_MAXUINT;"),
    Mutant(14, "state not cleared on reset; stale interrupt line",
           "test-heci-model", "platform_reset_lowers_the_line_and_forgets_the_transition",
           "a platform reset leaves the line up", "hw/heci.c",
           r"(power_on_state\(heci\);\s*)update_irq\(heci\);", r"\1"),
    Mutant(15, "wrong access size or alignment accepted",
           "test-heci-access", "trap31_wrong_size_or_alignment_is_ignored",
           "an access may stand anywhere", "hw/heci.c",
           r" \|\| offset % sizeof\(uint32_t\) != 0", r""),
    Mutant(16, "missing lower bound",
           "test-firmware-connect", "connect_with_host_address_0_is_status_4",
           "host address 0 is one like any other", "firmware-sim/bus/hbm.c",
           r"client->fixed \|\| host_addr == 0", r"client->fixed"),
    Mutant(17, "network parsers",
           "test-lan", "what_no_sound_sender_sends",
           "a fragment is parsed as a whole datagram", "firmware-sim/net/lan/lan-ip.c",
           r"lan_get16\(ip \+ IP_OFF_FRAGMENT\) & IP_FRAGMENT_MASK",
           r"(lan_get16(ip + IP_OFF_FRAGMENT) & IP_FRAGMENT_MASK) == IP_FRAGMENT_MASK"),
    Mutant(17, "network parsers",
           "test-http-digest", "counts_go_up_or_have_another_cnonce",
           "a request may be sent again as it was", "firmware-sim/amt/http/digest.c",
           r"return use\(nonce, fields->cnonce, g_ascii_strtoull\(fields->nc, NULL, 16\)\);",
           r"return use(nonce, fields->cnonce, g_ascii_strtoull(fields->nc, NULL, 16)) || true;"),
    Mutant(17, "network parsers",
           "test-wsman", "size_and_depth_have_bounds",
           "a document may be of any depth", "firmware-sim/amt/wsman/request.c",
           r"if \(\+\+depth > WSMAN_DEPTH_MAX\)", r"if (++depth > G_MAXUINT - 1)"),
    Mutant(18, "secrets in logs, captures or state dumps",
           "test-amthi-stories", "no_trace_shows_a_secret",
           "no command of AMTHI's has a secret", "firmware-sim/clients/amthi.c",
           r"return command && command->secret \?", r"return command && command->secret && !data ?"),
)
