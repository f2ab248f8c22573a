# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole of a guest whose processor does nothing but access two devices' registers in turns: a
# machine's 64 KiB of firmware, which is at BASE when it runs. OURS and YARDSTICK are the registers'
# addresses, COUNT is the accesses of a turn, short so that the host interrupts few. A round is
#
#   read YARDSTICK (not counted: what comes behind the telling is slower)
#   read OURS, read YARDSTICK, read YARDSTICK, read OURS
#   write OURS, write YARDSTICK, write YARDSTICK, write OURS
#
# after which it tells port 0xe9 the cycles of the eight, each as four bytes, lowest first.

    .equ BASE, 0xf0000
    .equ STACK, 0x8000

    # Leaves the cycles of COUNT times the instruction on the stack.
    .macro turn instruction:vararg
    rdtsc
    movl %eax, %ebp
    movl $COUNT, %ecx
1:  \instruction
    loop 1b
    rdtsc
    subl %ebp, %eax
    pushl %eax
    .endm

    .code16
start:
    cli
    lgdtl %cs:gdt_pointer
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $8, $BASE + protected

    .code32
protected:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %ss
    cld
    movl $OURS, %esi
    movl $YARDSTICK, %edi
    xorl %ebx, %ebx
again:
    movl $STACK, %esp
    turn movl (%edi), %edx
    turn movl (%esi), %edx
    turn movl (%edi), %edx
    turn movl (%edi), %edx
    turn movl (%esi), %edx
    turn movl %ebx, (%esi)
    turn movl %ebx, (%edi)
    turn movl %ebx, (%edi)
    turn movl %ebx, (%esi)

    leal STACK - 8, %ebx # the first one's word is the highest: it is passed over
1:  movl (%ebx), %eax
    .rept 4
    outb %al, $0xe9
    shrl $8, %eax
    .endr
    subl $4, %ebx
    cmpl %esp, %ebx
    jae 1b
    xorl %ebx, %ebx
    jmp again

    .balign 8
gdt:
    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff # flat code, flat data
gdt_pointer:
    .word . - gdt - 1
    .long BASE + gdt

    .org 0xfff0
    .code16
    ljmpw $0xf000, $0
    .org 0x10000
