#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console reads the VM's hardware: what QEMU gives the BIOS, what the BIOS makes of it, with the VM on and off.

    inventory_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import os
import re
import sys

from module_test import Socket, equal, main
from power_test import CIM, machine

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
SMBIOS = ("-smbios", "type=1,manufacturer=Maker & Sons,product=Box,version=2,serial=S-1",
          "-smbios", "type=2,manufacturer=Boards,product=Board,version=3,serial=S-2",
          "-smbios", "type=4,manufacturer=Chips,version=Chip 9000,max-speed=3100,current-speed=1200",
          "-smbios", "type=17,manufacturer=Modules,part=P-1,serial=S-3,asset=A-1,bank=BANK 7,speed=2666")
WANTED = {
    "CIM_Chassis": {"Manufacturer": "Maker &amp; Sons", "Model": "Box", "Version": "2", "SerialNumber": "S-1"},
    "CIM_Card": {"Manufacturer": "Boards", "Model": "Board", "Version": "3", "SerialNumber": "S-2"},
    "CIM_Chip": {"Manufacturer": "Chips", "Version": "Chip 9000", "Tag": "CPU 0"},
    "CIM_Processor": {"MaxClockSpeed": "3100", "CurrentClockSpeed": "1200", "CPUStatus": "1"},
    "CIM_PhysicalMemory": {"Manufacturer": "Modules", "PartNumber": "P-1", "SerialNumber": "S-3", "Tag": "A-1",
                           "BankLabel": "BANK 7", "MaxMemorySpeed": "2666", "Capacity": str(16 << 20)},
}


def get(console, name):
    """The instance's properties."""
    text = console.ask(TRANSFER, CIM + name, "")
    return dict(re.findall(r"<\w+:(\w+)>([^<]*)</", text.partition("Body>")[2]))


def listed(console, name):
    """As text."""
    text = console.ask(ENUMERATION + "/Enumerate", CIM + name, f'<Enumerate xmlns="{ENUMERATION}" />')
    context = re.search(r"EnumerationContext>([^<]+)<", text)[1]
    return console.ask(ENUMERATION + "/Pull", CIM + name,
                       f'<Pull xmlns="{ENUMERATION}"><EnumerationContext>{context}</EnumerationContext>'
                       "<MaxElements>99</MaxElements></Pull>")


def compare(console, when):
    for name, wanted in WANTED.items():
        have = get(console, name)
        for key, value in wanted.items():
            equal(have.get(key), value, f"{name}.{key} {when}")


def disk(scratch, name, size):
    path = os.path.join(scratch, name)
    with open(path, "wb") as image:
        image.truncate(size)
    return path


def test_what_qemu_gives_the_bios(scratch):
    first, second = disk(scratch, "a.raw", 64 << 20), disk(scratch, "b.raw", 1 << 20)
    console, vm = machine(scratch, args=(
        *SMBIOS, "-smp", "2,sockets=2", "-drive", f"if=none,id=a,format=raw,file={first}",
        "-device", "ide-hd,drive=a,serial=D-1,model=Spinner",
        "-blockdev", f"driver=file,node-name=b,filename={second}", "-device", "virtio-blk-pci,drive=b,serial=D-2",
        "-device", "ide-cd"))
    with vm:
        compare(console, "before any start")
        chips = listed(console, "CIM_Processor")
        equal(re.findall(r"DeviceID>([^<]+)<", chips), ["CPU 0", "CPU 1"], "processors")
        disks = listed(console, "CIM_MediaAccessDevice")
        equal(re.findall(r"MaxMediaSize>(\d+)<", disks), [str((64 << 20) // 1000), str((1 << 20) // 1000)], "disks")
        packages = listed(console, "CIM_PhysicalPackage")
        equal(re.findall(r"SerialNumber>(D-[^<]+)<", packages), ["D-1", "D-2"], "their serial numbers")
        equal("Spinner" in packages, True, "the disk's model")


def test_what_the_bios_makes_of_it(scratch):
    """SeaBIOS adds itself; it all stays when the machine is off."""
    said = Socket(os.path.join(scratch, "said"))
    console, vm = machine(scratch, args=(
        *SMBIOS, "-bios", "bios-256k.bin", "-chardev", f"socket,id=said,path={said.path}",
        "-device", "isa-debugcon,iobase=0x402,chardev=said"))
    with vm:
        said.accept()
        while "No bootable device" not in (line := said.file.readline()):
            if not line:
                raise RuntimeError("the BIOS is gone")
        compare(console, "after the BIOS")
        bios = get(console, "CIM_BIOSElement")
        equal((bios["Manufacturer"], bios["Datetime"]), ("SeaBIOS", "2014-04-01T00:00:00Z"), "the BIOS")
        equal(console.request(8), 0, "off")
        vm.wait_event("STOP")
        compare(console, "while off")
        equal(get(console, "CIM_BIOSElement"), bios, "the BIOS while off")
    said.close()


if __name__ == "__main__":
    sys.exit(main(globals()))
