-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Wireshark's dissector for swme's captures (pcap=FILE, docs/capture.md): HECI registers, packets with host bus
-- messages, and the messages of ME clients. To use it: tshark -X lua_script:tools/wireshark/swme.lua -r FILE, or put
-- it into Wireshark's folder of personal Lua plugins.

local kinds, registers, fields, numbers, protocols, messages = {}, {}, {}, {}, {}, {}

local function kind(number, name)
  kinds[number] = name
end

local function register(config, offset, name)
  registers[(config and "config" or "bar") .. offset] = name
end

local function field(offset, name, shift, bits)
  fields[offset] = fields[offset] or {}
  table.insert(fields[offset], {name = name, shift = shift, bits = bits})
end

local function number(table_name, value, name)
  numbers[table_name] = numbers[table_name] or {}
  numbers[table_name][value] = name
end

local function protocol(name, big_endian, key_offset, key_size, to_host)
  protocols[name] = {big_endian = big_endian, key_offset = key_offset, key_size = key_size, to_host = to_host}
  messages[name] = {}
end

local function message(protocol_name, key, name, layout)
  -- Of two with one key the first counts, as in C.
  messages[protocol_name][key] = messages[protocol_name][key] or {name = name, layout = layout}
end

-- BEGIN made by `build/swme decode --lua`: change firmware-sim/capture/layout.c, not this.
local LINK_TYPE = 5
kind(1, "setup")
kind(2, "read")
kind(3, "write")
kind(4, "config-read")
kind(5, "config-write")
kind(6, "irq")
kind(7, "status")
kind(8, "reset")
kind(9, "power")
kind(10, "timer")
kind(11, "dma-read")
kind(12, "dma-write")
kind(13, "packet")
kind(14, "message")
kind(15, "note")
kind(16, "lost")
kind(17, "loaded")
register(false, 0x0, "H_CB_WW")
register(false, 0x4, "H_CSR")
register(false, 0x8, "ME_CB_RW")
register(false, 0xc, "ME_CSR_HA")
register(false, 0x10, "H_HPG_CSR")
register(false, 0x30, "ME_TRC")
register(false, 0x800, "H_D0I3C")
register(true, 0x40, "HFS1")
register(true, 0x48, "HFS2")
register(true, 0x60, "HFS3")
register(true, 0x64, "HFS4")
register(true, 0x68, "HFS5")
register(true, 0x6c, "HFS6")
register(true, 0x4c, "H_GS")
field(0x4, "CBD", 24, 8)
field(0x4, "CBWP", 16, 8)
field(0x4, "CBRP", 8, 8)
field(0x4, "D0I3C_IS", 6, 1)
field(0x4, "D0I3C_IE", 5, 1)
field(0x4, "RST", 4, 1)
field(0x4, "RDY", 3, 1)
field(0x4, "IG", 2, 1)
field(0x4, "IS", 1, 1)
field(0x4, "IE", 0, 1)
field(0xc, "CBD", 24, 8)
field(0xc, "CBWP", 16, 8)
field(0xc, "CBRP", 8, 8)
field(0xc, "PGIC", 6, 1)
field(0xc, "RST", 4, 1)
field(0xc, "RDY", 3, 1)
field(0xc, "IG", 2, 1)
field(0xc, "IS", 1, 1)
field(0xc, "IE", 0, 1)
field(0x10, "PGIHEXR", 0, 1)
field(0x10, "PGI", 1, 1)
field(0x800, "CIP", 0, 1)
field(0x800, "IR", 1, 1)
field(0x800, "I3", 2, 1)
field(0x800, "RR", 3, 1)
number("power", 0, "on")
number("power", 1, "asleep")
number("power", 2, "off")
number("hbm-status", 0, "success")
number("hbm-status", 1, "client not found")
number("hbm-status", 2, "already exists")
number("hbm-status", 3, "rejected")
number("hbm-status", 4, "invalid parameter")
number("hbm-status", 5, "not allowed")
number("hbm-status", 6, "already started")
number("hbm-status", 7, "not started")
number("amthi-status", 0, "success")
number("amthi-status", 1, "internal error")
number("amthi-status", 2, "not ready")
number("amthi-status", 3, "invalid AMT mode")
number("amthi-status", 4, "invalid message length")
number("amthi-status", 16, "not permitted")
number("amthi-status", 29, "unsupported version")
number("amthi-status", 35, "invalid index")
number("amthi-status", 36, "invalid parameter")
number("amthi-status", 2051, "invalid command")
number("amthi-status", 2057, "data missing")
number("amthi-status", 2066, "unsupported")
number("amthi-status", 2068, "not found")
number("mkhi-result", 0, "success")
number("mkhi-result", 1, "invalid state")
number("mkhi-result", 5, "wrong size")
number("mkhi-result", 133, "wrong parameters")
number("mkhi-result", 137, "not supported")
number("mkhi-result", 141, "invalid command")
number("wd-sub", 19, "start or ping")
number("wd-sub", 20, "stop")
number("wd-sub", 131, "started")
number("apf-open", 1, "prohibited")
number("apf-open", 2, "connect failed")
number("apf-open", 3, "unknown type")
number("apf-open", 4, "no resources")
protocol("hbm", false, 0, 1, 0x0)
protocol("amthi", false, 4, 4, 0x0)
protocol("mkhi", false, 0, 2, 0x0)
protocol("mchi", false, 0, 2, 0x0)
protocol("watchdog", false, 0, 1, 0x80000000)
protocol("lme", true, 0, 1, 0x0)
protocol("echo", false, 0, 0, 0x0)
message("hbm", 0x1, "START", "u8 command, u8 reserved, u8 minor, u8 major")
message("hbm", 0x81, "START response", "u8 command, u8 supported, u8 minor, u8 major")
message("hbm", 0x2, "HOST_STOP", "u8 command, u8 reason, u16 reserved")
message("hbm", 0x82, "HOST_STOP response", "u8 command, reserved 3")
message("hbm", 0x3, "ME_STOP", "u8 command, u8 reason, u16 reserved")
message("hbm", 0x4, "ENUM", "u8 command, u8 flags, u16 reserved")
message("hbm", 0x84, "ENUM response", "u8 command, reserved 3, addresses 32")
message("hbm", 0x5, "PROPERTIES", "u8 command, u8 ME address, u16 reserved")
message("hbm", 0x85, "PROPERTIES response", "u8 command, u8 ME address, u8 status:hbm-status, u8 reserved, guid 16, u8 version, u8 connections, u8 fixed address, u8 flags, u32 length")
message("hbm", 0x6, "CONNECT", "u8 command, u8 ME address, u8 host address, u8 reserved")
message("hbm", 0x86, "CONNECT response", "u8 command, u8 ME address, u8 host address, u8 status:hbm-status")
message("hbm", 0x7, "DISCONNECT", "u8 command, u8 ME address, u8 host address, u8 reserved")
message("hbm", 0x87, "DISCONNECT response", "u8 command, u8 ME address, u8 host address, u8 status:hbm-status")
message("hbm", 0x8, "FLOW_CONTROL", "u8 command, u8 ME address, u8 host address, reserved 5")
message("hbm", 0xa, "PG_ENTRY", "u8 command, reserved 3")
message("hbm", 0x8a, "PG_ENTRY response", "u8 command, reserved 3")
message("hbm", 0xb, "PG_EXIT", "u8 command, reserved 3")
message("hbm", 0x8b, "PG_EXIT response", "u8 command, reserved 3")
message("hbm", 0xc, "BUS_DISABLE", "u8 command, reserved 3")
message("hbm", 0x8c, "BUS_DISABLE response", "u8 command, u8 status, u16 reserved")
message("hbm", 0xf, "ADD_CLIENT", "u8 command, u8 ME address, u16 reserved, guid 16, u8 version, u8 connections, u8 fixed address, u8 flags, u32 length")
message("hbm", 0x8f, "ADD_CLIENT response", "u8 command, u8 ME address, u8 status:hbm-status, u8 reserved")
message("hbm", 0x10, "NOTIFY", "u8 command, u8 ME address, u8 host address, u8 start")
message("hbm", 0x90, "NOTIFY response", "u8 command, u8 ME address, u8 host address, u8 status:hbm-status, u8 start, reserved 3")
message("hbm", 0x11, "NOTIFICATION", "u8 command, u8 ME address, u8 host address, u8 reserved")
message("hbm", 0x12, "DMA_SETUP", "u8 command, reserved 3, 3 x (u32 address high, u32 address low, u32 size)")
message("hbm", 0x92, "DMA_SETUP response", "u8 command, u8 status:hbm-status, u16 reserved")
message("hbm", 0x13, "CAPABILITIES", "u8 command, u8 capabilities, u16 reserved")
message("hbm", 0x93, "CAPABILITIES response", "u8 command, u8 capabilities, u16 reserved")
message("hbm", 0x14, "CLIENT_DMA_MAP", "u8 command, u8 buffer, u16 reserved, u32 address low, u32 address high, u32 size")
message("hbm", 0x94, "CLIENT_DMA_MAP response", "u8 command, u8 status:hbm-status")
message("hbm", 0x15, "CLIENT_DMA_UNMAP", "u8 command, u8 reserved, u8 buffer, u8 reserved")
message("hbm", 0x95, "CLIENT_DMA_UNMAP response", "u8 command, u8 status:hbm-status")
message("watchdog", 0x2, "control", "u8 command, u8 count, u8 sub-command:wd-sub, u8 version, u16 timeout, rest reserved")
message("watchdog", 0x80000002, "control response", "u8 command, u8 count, u8 sub-command:wd-sub, u8 version, u8 status, u8 state")
message("watchdog", 0x5, "state", "u8 command, u8 count, u8 sub-command, u8 version, rest data")
message("watchdog", 0x7, "information", "u8 command, u8 count, u8 sub-command, u8 version")
message("lme", 0x1, "DISCONNECT", "u8 message, u32 reason, u16 reserved")
message("lme", 0x5, "SERVICE_REQUEST", "u8 message, string service")
message("lme", 0x6, "SERVICE_ACCEPT", "u8 message, string service")
message("lme", 0x32, "USERAUTH_REQUEST", "u8 message, string user, string service, string method, rest data")
message("lme", 0x33, "USERAUTH_FAILURE", "u8 message, string method, u8 partial")
message("lme", 0x34, "USERAUTH_SUCCESS", "u8 message")
message("lme", 0x50, "GLOBAL_REQUEST", "u8 message, string request, u8 want reply, string address, u32 port, rest data")
message("lme", 0x51, "REQUEST_SUCCESS", "u8 message, u32 port")
message("lme", 0x52, "REQUEST_FAILURE", "u8 message")
message("lme", 0x5a, "CHANNEL_OPEN", "u8 message, string type, u32 sender, u32 window, u32 reserved, string address, u32 port, string originator, u32 originator port")
message("lme", 0x5b, "CHANNEL_OPEN_CONFIRMATION", "u8 message, u32 recipient, u32 sender, u32 window, u32 reserved")
message("lme", 0x5c, "CHANNEL_OPEN_FAILURE", "u8 message, u32 recipient, u32 reason:apf-open, u32 reserved, u32 reserved")
message("lme", 0x5d, "CHANNEL_WINDOW_ADJUST", "u8 message, u32 recipient, u32 bytes")
message("lme", 0x5e, "CHANNEL_DATA", "u8 message, u32 recipient, string data")
message("lme", 0x61, "CHANNEL_CLOSE", "u8 message, u32 recipient")
message("lme", 0xc0, "PROTOCOLVERSION", "u8 message, u32 major, u32 minor, u32 trigger, UUID 16, reserved 64")
message("lme", 0xd0, "KEEPALIVE_REQUEST", "u8 message, u32 cookie")
message("lme", 0xd1, "KEEPALIVE_REPLY", "u8 message, u32 cookie")
message("lme", 0xd2, "KEEPALIVE_OPTIONS_REQUEST", "u8 message, u32 interval, u32 timeout")
message("lme", 0xd3, "KEEPALIVE_OPTIONS_REPLY", "u8 message, u32 interval, u32 timeout")
message("echo", 0x0, "echo", "rest data")
message("amthi", 0x1000001, "GET_AMT_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, UUID 16 (15 x 00, 01)")
message("amthi", 0x1800001, "GET_AMT_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, UUID 16, u32 5, u8 link, u8 SKU, u8 crypto fuse, u8 flash protection, u8 last ME reset")
message("amthi", 0x4000006, "GET_TCPIP_PARAMETERS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800006, "GET_TCPIP_PARAMETERS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 DHCP mode, u32 address, u32 mask, u32 gateway, u32 DNS 1, u32 DNS 2, string domain")
message("amthi", 0x4000008, "GET_PROVISIONING_MODE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800008, "GET_PROVISIONING_MODE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 mode, u32 legacy")
message("amthi", 0x4000010, "UNPROVISION", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 mode")
message("amthi", 0x4800010, "UNPROVISION response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000011, "GET_PROVISIONING_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800011, "GET_PROVISIONING_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 state")
message("amthi", 0x400001a, "GET_CODE_VERSIONS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480001a, "GET_CODE_VERSIONS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, BIOS version 65, u32 count, count x (string 22, string 22)")
message("amthi", 0x400001b, "GET_SECURITY_PARAMETERS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480001b, "GET_SECURITY_PARAMETERS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, 17 x u32: enterprise, TLS, crypto, state, network, SOL, IDER, FW update, link, KVM, 7 x 0")
message("amthi", 0x4000025, "GET_MAC_ADDRESSES", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800025, "GET_MAC_ADDRESSES response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, dedicated MAC 6, host MAC 6")
message("amthi", 0x4000028, "GENERATE_RNG_SEED", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800028, "GENERATE_RNG_SEED response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000029, "START_CONFIGURATION", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800029, "START_CONFIGURATION response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x400002a, "SET_PROVISIONING_SERVER_OTP", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, string password")
message("amthi", 0x480002a, "SET_PROVISIONING_SERVER_OTP response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x400002b, "GET_PROVISIONING_TLS_MODE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480002b, "GET_PROVISIONING_TLS_MODE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 mode")
message("amthi", 0x400002c, "ENUMERATE_HASH_HANDLES", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480002c, "ENUMERATE_HASH_HANDLES response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 count, count x u32 handle")
message("amthi", 0x400002d, "GET_CERTIFICATE_HASH_ENTRY", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 handle")
message("amthi", 0x480002d, "GET_CERTIFICATE_HASH_ENTRY response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 default, u32 active, hash 64, u8 algorithm, string name")
message("amthi", 0x400002e, "GET_RNG_SEED_STATUS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480002e, "GET_RNG_SEED_STATUS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 status")
message("amthi", 0x400002f, "SET_PKI_FQDN_SUFFIX", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, string suffix")
message("amthi", 0x480002f, "SET_PKI_FQDN_SUFFIX response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000030, "GET_ZERO_TOUCH_ENABLED", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800030, "GET_ZERO_TOUCH_ENABLED response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 enabled")
message("amthi", 0x4000036, "GET_PKI_FQDN_SUFFIX", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800036, "GET_PKI_FQDN_SUFFIX response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, string suffix")
message("amthi", 0x400003a, "SET_ZERO_TOUCH_ENABLED", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 enabled")
message("amthi", 0x480003a, "SET_ZERO_TOUCH_ENABLED response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x400003e, "GET_DNS_SUFFIX_LIST", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480003e, "GET_DNS_SUFFIX_LIST response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u16 size, suffixes, each with a NUL")
message("amthi", 0x400003f, "SET_ENTERPRISE_ACCESS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u8 flags, host IP 16, u8 access")
message("amthi", 0x480003f, "SET_ENTERPRISE_ACCESS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000044, "OPEN_USER_INITIATED_CONNECTION", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800044, "OPEN_USER_INITIATED_CONNECTION response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000045, "CLOSE_USER_INITIATED_CONNECTION", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800045, "CLOSE_USER_INITIATED_CONNECTION response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000046, "GET_REMOTE_ACCESS_STATUS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800046, "GET_REMOTE_ACCESS_STATUS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 network, u32 tunnel, u32 trigger, string server")
message("amthi", 0x4000047, "GET_CURRENT_POWER_POLICY", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800047, "GET_CURRENT_POWER_POLICY response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, string name")
message("amthi", 0x4000048, "GET_LAN_INTERFACE_SETTINGS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 interface")
message("amthi", 0x4800048, "GET_LAN_INTERFACE_SETTINGS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 enabled, u32 IPv4, u32 DHCP, u8 DHCP mode, u8 link, MAC 6")
message("amthi", 0x4000049, "GET_FEATURES_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 feature")
message("amthi", 0x4800049, "GET_FEATURES_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 feature, then u32 state; of redirection u32 IDER, u32 SOL, u32 0")
message("amthi", 0x400004a, "GET_LAST_HOST_RESET_REASON", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480004a, "GET_LAST_HOST_RESET_REASON response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 reason, u32 time")
message("amthi", 0x400004d, "GET_USER_INITIATED_INTERFACES", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480004d, "GET_USER_INITIATED_INTERFACES response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 interfaces")
message("amthi", 0x400004e, "GET_CONFIG_SERVER_DATA", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480004e, "GET_CONFIG_SERVER_DATA response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u16 port, IP text 46, string FQDN")
message("amthi", 0x4000050, "GET_SETUP_AUDIT_RECORD", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800050, "GET_SETUP_AUDIT_RECORD response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u8 TLS mode, u32 secure DNS, u32 host initiated, u32 hash type, hash 64, serials 48, u32 more serials, u32 OEM default, u32 time valid, IP text 46, 7 x u16 date, string FQDN")
message("amthi", 0x4000052, "GET_IPV6_LAN_INTERFACE_STATUS", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 interface")
message("amthi", 0x4800052, "GET_IPV6_LAN_INTERFACE_STATUS response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, IP text 46 router, 2 x IP text 46 DNS, u32 count, count x (IP text 46, u32 type, u32 state)")
message("amthi", 0x4000056, "GET_FQDN", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800056, "GET_FQDN response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 shared, u32 DDNS, u32 interval, u32 TTL, u32 host name length, string FQDN")
message("amthi", 0x4000058, "GET_REDIRECTION_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800058, "GET_REDIRECTION_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 features")
message("amthi", 0x400005b, "SET_HOST_FQDN", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, string FQDN")
message("amthi", 0x480005b, "SET_HOST_FQDN response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x400005c, "GET_UUID", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480005c, "GET_UUID response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, UUID 16")
message("amthi", 0x400005e, "STOP_CONFIGURATION", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480005e, "STOP_CONFIGURATION response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000062, "START_CONFIGURATION_EX", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 IPv6")
message("amthi", 0x4800062, "START_CONFIGURATION_EX response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000067, "GET_LOCAL_SYSTEM_ACCOUNT", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, 40 x 00")
message("amthi", 0x4800067, "GET_LOCAL_SYSTEM_ACCOUNT response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, user 33, password 33, 2 x 00")
message("amthi", 0x4000068, "GET_UNPROVISIONING_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800068, "GET_UNPROVISIONING_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 in progress")
message("amthi", 0x400006b, "GET_CONTROL_MODE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x480006b, "GET_CONTROL_MODE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 mode")
message("amthi", 0x4000084, "GET_EHBC_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800084, "GET_EHBC_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u32 enabled")
message("amthi", 0x4000085, "SET_EHBC_STATE", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 enabled")
message("amthi", 0x4800085, "SET_EHBC_STATE response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x4000088, "DISABLE_AND_CLEAR_AMT", "u8 major, u8 minor, u16 reserved, u32 command, u32 length")
message("amthi", 0x4800088, "DISABLE_AND_CLEAR_AMT response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status")
message("amthi", 0x400008b, "START_CONFIGURATION_HOST_BASED", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u8 (or u32) algorithm, hash 64, u8 (u32) VPN, u32 suffixes, suffixes 320")
message("amthi", 0x480008b, "START_CONFIGURATION_HOST_BASED response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, u8 algorithm, hash 64")
message("amthi", 0x400008e, "GET_CIRA_LOG", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u8 version 0")
message("amthi", 0x480008e, "GET_CIRA_LOG response", "u8 major, u8 minor, u16 reserved, u32 command, u32 length, u32 status:amthi-status, 2781 bytes")
message("mkhi", 0xb00, "global reset", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8b00, "global reset response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x203, "get rule", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8203, "get rule response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 rule, u8 4, u32 value")
message("mkhi", 0x303, "set rule", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8303, "set rule response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x603, "set OS version", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8603, "set OS version response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x105, "HMRFPO enable", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8105, "HMRFPO enable response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x205, "HMRFPO lock", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8205, "HMRFPO lock response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x305, "HMRFPO status", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8305, "HMRFPO status response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u8 status, 3 x 00")
message("mkhi", 0x505, "HMRFPO lock without an answer", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8505, "HMRFPO lock without an answer response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x20a, "read file", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x820a, "read file response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 size, bytes")
message("mchi", 0xa0a, "read file by number", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mchi", 0x8a0a, "read file by number response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 size, bytes")
message("mchi", 0xd0a, "OEM key status", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mchi", 0x8d0a, "OEM key status response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u8 revocable, u8 keys, u32 kind of hash, 2 x (u8 valid, u8 in use, u8 revoked, hash 64)")
message("mkhi", 0x1b0a, "commit security versions", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9b0a, "commit security versions response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mchi", 0x1b0a, "commit security versions", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mchi", 0x9b0a, "commit security versions response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x1c0a, "security versions", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9c0a, "security versions response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 count, count x (u8 usage, u8 flags, u8 running, u8 minimum)")
message("mchi", 0x1c0a, "security versions", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mchi", 0x9c0a, "security versions response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 count, count x (u8 usage, u8 flags, u8 running, u8 minimum)")
message("mchi", 0x2f0a, "revoke OEM key", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mchi", 0xaf0a, "revoke OEM key response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x3f0, "ME enable", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x83f0, "ME enable response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x8f0, "boot performance", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x88f0, "boot performance response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 version, u32 count, 64 x u32 ms")
message("mkhi", 0x1cf0, "boot partitions", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9cf0, "boot partitions response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x1df0, "set boot partition", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9df0, "set boot partition response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x20f0, "clear data", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0xa0f0, "clear data response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x1ff, "MKHI version", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x81ff, "MKHI version response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u16 minor, u16 major")
message("mkhi", 0x2ff, "firmware version", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x82ff, "firmware version response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, 2 or 3 x (u16 minor, u8 major, u8 platform, u16 build, u16 hotfix)")
message("mkhi", 0xaff, "boot state", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8aff, "boot state response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 bits, u32 0")
message("mkhi", 0xcff, "end of POST", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8cff, "end of POST response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 requested action")
message("mkhi", 0xdff, "unconfigure without password", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x8dff, "unconfigure without password response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x11ff, "set debug memory", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x91ff, "set debug memory response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x14ff, "feature override", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x94ff, "feature override response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 status")
message("mkhi", 0x18ff, "image type", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x98ff, "image type response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 production")
message("mkhi", 0x1aff, "end of POST without an answer", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9aff, "end of POST without an answer response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result")
message("mkhi", 0x1cff, "version of a partition", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9cff, "version of a partition response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u32 count, count x (name 12, u16 major, minor, hotfix, build, u32 vendor, 64)")
message("mkhi", 0x1dff, "end of POST state", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0x9dff, "end of POST state response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u8 state, 3 x 00")
message("mkhi", 0x23ff, "measured boot state", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, rest data")
message("mkhi", 0xa3ff, "measured boot state response", "u8 group, u8 command, u8 reserved, u8 result:mkhi-result, u8 state")
-- END

local swme = Proto("swme", "Intel ME interface (swme)")
local f = {
  kind = ProtoField.uint8("swme.kind", "Kind", base.DEC, kinds),
  flags = ProtoField.uint16("swme.flags", "Flags", base.HEX),
  offset = ProtoField.uint32("swme.offset", "Offset", base.HEX),
  register = ProtoField.string("swme.register", "Register"),
  size = ProtoField.uint32("swme.size", "Size"),
  value = ProtoField.uint64("swme.value", "Value", base.HEX),
  address = ProtoField.uint64("swme.address", "Address", base.HEX),
  number = ProtoField.uint32("swme.number", "Number"),
  text = ProtoField.string("swme.text", "Text"),
  me = ProtoField.uint8("swme.me_addr", "ME address"),
  host = ProtoField.uint8("swme.host_addr", "Host address"),
  length = ProtoField.uint16("swme.length", "Length"),
  complete = ProtoField.bool("swme.complete", "Complete"),
  client = ProtoField.string("swme.client", "ME client"),
  message = ProtoField.string("swme.message", "Message"),
  bytes = ProtoField.bytes("swme.data", "Data"),
}
swme.fields = f
local malformed = ProtoExpert.new("swme.malformed", "Shorter than its kind", expert.group.MALFORMED,
  expert.severity.ERROR)
swme.experts = {malformed}

local TO_HOST, VEILED = 0x0001, 0x0002
local ITEMS_MOST = 512
local WIDTHS = {u8 = 1, u16 = 2, u32 = 4, u64 = 8}

-- A layout's items: its grammar is described in firmware-sim/capture/layout.h.
local function split(layout)
  local items, start, depth = {}, 1, 0
  for at = 1, #layout + 1 do
    local c = layout:sub(at, at)
    if c == "(" then depth = depth + 1 end
    if c == ")" then depth = depth - 1 end
    if at > #layout or (c == "," and depth == 0) then
      if at > start then table.insert(items, (layout:sub(start, at - 1):gsub("^ ", ""))) end
      start = at + 1
    end
  end
  return items
end

local function left(walk)
  return walk.data:len() - walk.at
end

local function add(walk, size, name, text)
  local item
  if size == 0 then
    item = walk.tree:add(swme, walk.data(0, 0), name .. ": " .. text)
  else
    item = walk.tree:add(swme, walk.data(walk.at, size), name .. ": " .. text)
  end
  walk.at = walk.at + size
  walk.items = walk.items + 1
  return item
end

local function bytes_text(range)
  local raw = range:bytes():raw()
  local text = raw:match("^([\32-\126][\32-\126]+)%z*$")
  return text or range:bytes():tohex(true)
end

local function walk_bytes(walk, name, size)
  if size > left(walk) then return false end
  add(walk, size, name, size == 0 and "" or bytes_text(walk.data(walk.at, size)))
  return true
end

local function walk_rest(walk, name)
  if left(walk) > 0 then walk_bytes(walk, name, left(walk)) end
end

local function number_at(walk, at, size)
  local range = walk.data(at, size)
  if size == 8 then
    return (walk.big_endian and range:uint64() or range:le_uint64()):tonumber()
  end
  return walk.big_endian and range:uint() or range:le_uint()
end

local function walk_item(walk, item)
  if item == "00" or item == "01" then return walk_bytes(walk, "constant", 1) end
  local word, rest = item:match("^(%S+) (.+)$")
  if not word then return false end
  local width = WIDTHS[word]
  if width then
    if rest:sub(1, 1) == "(" or width > left(walk) then return false end
    local name, table_name = rest:match("^(.-):(.+)$")
    local value = number_at(walk, walk.at, width)
    local meaning = table_name and numbers[table_name] and numbers[table_name][value]
    walk.last = value
    add(walk, width, name or rest, meaning and string.format("%d (%s)", value, meaning)
      or string.format("%d (0x%x)", value, value))
    return true
  end
  if word == "string" and rest:match("^%d+$") then
    local size = tonumber(rest)
    if size < 2 or size > left(walk) then return false end
    local length = number_at(walk, walk.at, 2)
    if length > size - 2 then return false end
    walk.tree:add(swme, walk.data(walk.at, size),
      "string: " .. (length > 0 and bytes_text(walk.data(walk.at + 2, length)) or ""))
    walk.at, walk.items = walk.at + size, walk.items + 1
    return true
  end
  if word == "string" then
    local size = walk.big_endian and 4 or 2
    if size > left(walk) then return false end
    local length = number_at(walk, walk.at, size)
    if length > left(walk) - size then return false end
    walk.at = walk.at + size
    return walk_bytes(walk, rest, length)
  end
  if word == "rest" then
    walk_rest(walk, rest)
    return true
  end
  local name, size = item:match("^(.+) (%d+)$")
  return size ~= nil and walk_bytes(walk, name, tonumber(size))
end

local function walk_layout(walk, layout)
  for _, item in ipairs(split(layout)) do
    if walk.lost or left(walk) == 0 then break end
    local count, inner = item:gsub("^%d+ or (%d+ x )", "%1"):match("^(%w+) x (.+)$")
    if count == "count" then
      count = walk.last
    else
      count = tonumber(count)
    end
    if not count then count, inner = 1, item end
    local list = inner:match("^%((.*)%)$")
    while count > 0 and left(walk) > 0 and not walk.lost do
      if list then
        walk_layout(walk, list)
      elseif not walk_item(walk, inner) then
        walk.lost = true
      end
      walk.lost = walk.lost or walk.items > ITEMS_MOST
      count = count - 1
    end
  end
  if walk.lost then walk_rest(walk, "data") end
end

-- The name of the message, and its parts in the tree.
local function dissect_message(data, tree, client, to_host, veiled)
  local p_name = protocols[client] and client or client:match("^([^-]+)-")
  local p = p_name and protocols[p_name]
  local walk = {data = data, at = 0, tree = tree, items = 0, last = 0, big_endian = p and p.big_endian}
  local found
  if p and not veiled and data:len() >= p.key_offset + p.key_size then
    local key = p.key_size > 0 and number_at(walk, p.key_offset, p.key_size) or 0
    if to_host and p.to_host ~= 0 then key = key + p.to_host end
    found = messages[p_name][key]
  end
  if found then
    tree:add(f.message, found.name):set_generated()
    walk_layout(walk, found.layout)
  end
  walk_rest(walk, found and "more" or "data")
  return found and client .. " " .. found.name or client
end

local function register_text(offset, value)
  local words = {}
  for _, part in ipairs(fields[offset] or {}) do
    local bits = math.floor(value / 2 ^ part.shift) % 2 ^ part.bits
    if part.bits > 1 then
      table.insert(words, string.format("%s=%d", part.name, bits))
    elseif bits == 1 then
      table.insert(words, part.name)
    end
  end
  return table.concat(words, " ")
end

local function access(config)
  return function(body, tree)
    local offset, value = body(0, 4):le_uint(), body(8, 8):le_uint64()
    local name = registers[(config and "config" or "bar") .. offset] or string.format("0x%03x", offset)
    local words = config and "" or register_text(offset, value:tonumber() % 2 ^ 32)
    tree:add_le(f.offset, body(0, 4))
    tree:add(f.register, name):set_generated()
    tree:add_le(f.size, body(4, 4))
    tree:add_le(f.value, body(8, 8)):append_text(words ~= "" and " (" .. words .. ")" or "")
    return string.format("%s 0x%s %s", name, value:tohex(), words)
  end
end

local function single(name)
  return function(body, tree)
    tree:add_le(f.number, body(0, 4))
    return name .. " " .. body(0, 4):le_uint()
  end
end

local function text(body, tree)
  if body:len() == 0 then return "" end
  tree:add(f.text, body(0))
  return (body(0):string():gsub("\n", " "))
end

local function dma(body, tree)
  tree:add_le(f.address, body(0, 8))
  tree:add_le(f.size, body(8, 4))
  tree:add_le(f.number, body(12, 4)):prepend_text("Done: ")
  if body:len() > 16 then tree:add(f.bytes, body(16)) end
  return string.format("%d bytes at 0x%s", body(8, 4):le_uint(), body(0, 8):le_uint64():tohex())
end

local function packet(body, tree, flags)
  local header = body(0, 4):le_uint()
  local length = math.floor(header / 2 ^ 16) % 2 ^ 9
  local me, host = header % 256, math.floor(header / 256) % 256
  local data = math.min(length, body:len() - 4)
  tree:add(f.me, body(0, 1))
  tree:add(f.host, body(1, 1))
  tree:add(f.length, body(2, 2), length)
  tree:add(f.complete, body(3, 1), header >= 2 ^ 31)
  if data == 0 then return string.format("packet of %d/%d, empty", me, host) end
  if me == 0 and host == 0 and math.floor(header / 2 ^ 28) % 4 == 0 then
    return dissect_message(body(4, data):tvb(), tree, "hbm", flags % 2 == 1, false)
  end
  tree:add(f.bytes, body(4, data))
  return string.format("packet of %d/%d, %d bytes", me, host, length)
end

local function client_message(body, tree, flags)
  local size = body(2, 1):uint()
  if body:len() < 4 + size then
    tree:add_proto_expert_info(malformed)
    return "malformed"
  end
  local client = size > 0 and body(4, size):string() or ""
  tree:add(f.me, body(0, 1))
  tree:add(f.host, body(1, 1))
  if size > 0 then tree:add(f.client, body(4, size)) end
  if body:len() == 4 + size then return client .. " (empty)" end
  return dissect_message(body(4 + size):tvb(), tree, client, flags % 2 == TO_HOST,
    math.floor(flags / VEILED) % 2 == 1)
end

-- How the rest of a record of that kind is dissected, and how much there must be.
local bodies = {
  setup = {0, text},
  read = {16, access(false)},
  write = {16, access(false)},
  ["config-read"] = {16, access(true)},
  ["config-write"] = {16, access(true)},
  irq = {4, single("interrupt condition")},
  status = {8, function(body, tree)
    tree:add_le(f.number, body(0, 4))
    tree:add(f.value, body(4, 4), UInt64(body(4, 4):le_uint()))
    return string.format("HFS%d 0x%08x", body(0, 4):le_uint(), body(4, 4):le_uint())
  end},
  reset = {0, function() return "platform reset" end},
  power = {4, single("host power state")},
  timer = {4, single("timer")},
  ["dma-read"] = {16, dma},
  ["dma-write"] = {16, dma},
  packet = {4, packet},
  message = {4, client_message},
  note = {0, text},
  lost = {8, function(body) return body(0, 8):le_uint64() .. " records are missing" end},
  loaded = {0, function() return "saved state loaded" end},
}

function swme.dissector(tvb, info, root)
  local tree = root:add(swme, tvb())
  info.cols.protocol = "SWME"
  if tvb:len() < 4 then
    tree:add_proto_expert_info(malformed)
    return
  end
  local name = kinds[tvb(1, 1):uint()] or "unknown"
  local flags = tvb(2, 2):le_uint()
  local entry = bodies[name]
  tree:add(f.kind, tvb(1, 1))
  tree:add_le(f.flags, tvb(2, 2))
  if not entry or tvb:len() - 4 < entry[1] then
    tree:add_proto_expert_info(malformed)
    info.cols.info = name .. " (malformed)"
    return
  end
  -- A range of no bytes is none to Wireshark.
  local empty = {len = function() return 0 end}
  local ok = entry[2](tvb:len() > 4 and tvb(4):tvb() or empty, tree, flags)
  local way = (name == "packet" or name == "message") and (flags % 2 == TO_HOST and "<- " or "-> ") or ""
  info.cols.info = name .. " " .. way .. ok
  info.cols.src = way == "<- " and "ME" or "host"
  info.cols.dst = way == "<- " and "host" or "ME"
  tree:append_text(": " .. name .. " " .. way .. ok)
end

DissectorTable.get("wtap_encap"):add(wtap["USER" .. LINK_TYPE], swme)
