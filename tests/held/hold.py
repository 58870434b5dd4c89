#!/usr/bin/env python3
"""Holds RTNL: a link's driver is asked for its statistics, which the kernel copies, under
that lock, to a page that is withheld.

usage: hold.py LINK

Says `held` when it is, and lets go when its standard input ends, after 40 s at the latest.
Ends with 75 where the kernel lets nobody withhold pages (`userfaultfd(2)`).
"""
import ctypes
import fcntl
import mmap
import os
import platform
import select
import socket
import struct
import sys
import threading

PAGE = mmap.PAGESIZE
USERFAULTFD = {"x86_64": 323, "aarch64": 282}
# linux/userfaultfd.h, linux/sockios.h, linux/ethtool.h.
UFFDIO_API, UFFDIO_REGISTER, UFFD_API, MODE_MISSING = 0xC018AA3F, 0xC020AA00, 0xAA, 1
SIOCETHTOOL, ETHTOOL_GSTATS = 0x8946, 0x1D

libc = ctypes.CDLL(None, use_errno=True)
fault = libc.syscall(USERFAULTFD.get(platform.machine(), -1), os.O_CLOEXEC)
if fault < 0:
    print(f"userfaultfd: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
    sys.exit(75)
fcntl.ioctl(fault, UFFDIO_API, bytearray(struct.pack("=QQQ", UFFD_API, 0, 0)))
pages = mmap.mmap(-1, 2 * PAGE)
start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
withheld = struct.pack("=QQQQ", start + PAGE, PAGE, MODE_MISSING, 0)
fcntl.ioctl(fault, UFFDIO_REGISTER, bytearray(withheld))

# The head of what is copied ends the first page, the rest is in the second.
head = struct.pack("=II", ETHTOOL_GSTATS, 0)
pages[PAGE - len(head):PAGE] = head
request = struct.pack("=16sQ16x", sys.argv[1].encode(), start + PAGE - len(head))
request = ctypes.create_string_buffer(request)
asked = socket.socket()
asking = threading.Thread(target=libc.ioctl, args=(asked.fileno(), SIOCETHTOOL, request))
asking.start()
if not select.select([fault], [], [], 20)[0]:
    sys.exit("the kernel did not wait for the page")
print("held", flush=True)
select.select([sys.stdin], [], [], 40)
os.close(fault)
asking.join()
