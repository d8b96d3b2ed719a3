"""Can the kernel sync a file without a thread of ours waiting for it? Linux native AIO (io_submit(2), IOCB_CMD_FDSYNC).

The sync runs in a kernel worker and its end is told through an eventfd, so an event loop can wait for it like for a socket. With
a thread, each sync costs several hand-overs of the interpreter lock; on a busy worker those cost more than the call itself.
Where the system calls are missing or forbidden, ``KernelSync.open`` says so and the journal falls back to a thread.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform

_NUMBERS = {"x86_64": (206, 207, 209, 208), "aarch64": (0, 1, 2, 4)}  # io_setup, io_destroy, io_submit, io_getevents
_FDSYNC = 3  # IOCB_CMD_FDSYNC of linux/aio_abi.h
_RESFD = 1  # IOCB_FLAG_RESFD


class _Control(ctypes.Structure):
    """struct iocb, little-endian."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("rw_flags", ctypes.c_uint32),
        ("opcode", ctypes.c_uint16),
        ("reqprio", ctypes.c_int16),
        ("fildes", ctypes.c_uint32),
        ("buf", ctypes.c_uint64),
        ("nbytes", ctypes.c_uint64),
        ("offset", ctypes.c_int64),
        ("reserved2", ctypes.c_uint64),
        ("flags", ctypes.c_uint32),
        ("resfd", ctypes.c_uint32),
    )


class _Event(ctypes.Structure):
    """struct io_event."""

    _fields_ = (("data", ctypes.c_uint64), ("obj", ctypes.c_uint64), ("res", ctypes.c_int64), ("res2", ctypes.c_int64))


class KernelSync:
    """One sync at a time. ``fileno`` becomes readable when it ended; then ``reap`` says how."""

    def __init__(self, context: ctypes.c_ulong, event: int, numbers: tuple[int, int, int, int]) -> None:
        _, self._destroy, self._submit, self._getevents = numbers
        self._context = context
        self._event = event
        self._call = ctypes.PyDLL(None, use_errno=True).syscall
        self._control = _Control(opcode=_FDSYNC, flags=_RESFD, resfd=event)
        self._controls = (ctypes.POINTER(_Control) * 1)(ctypes.pointer(self._control))
        self._events = (_Event * 1)()
        self._one = ctypes.c_long(1)

    @classmethod
    def open(cls) -> KernelSync | None:
        """A way to sync, or None where this kernel or sandbox offers none."""
        numbers = _NUMBERS.get(platform.machine())
        if numbers is None:
            return None
        call = ctypes.PyDLL(None, use_errno=True).syscall
        context = ctypes.c_ulong(0)
        if call(ctypes.c_long(numbers[0]), ctypes.c_uint(1), ctypes.byref(context)) != 0:
            return None
        event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        return cls(context, event, numbers)

    def fileno(self) -> int:
        return self._event

    def submit(self, fd: int) -> None:
        """Begin to sync the data of ``fd``. Raises OSError when the kernel does not take it."""
        self._control.fildes = fd
        if self._call(self._submit, self._context, self._one, self._controls) != 1:
            number = ctypes.get_errno() or errno.EIO
            raise OSError(number, os.strerror(number))

    def reap(self) -> None:
        """Take the result of the sync that ended. Raises OSError when it failed."""
        os.eventfd_read(self._event)
        if self._call(self._getevents, self._context, self._one, self._one, self._events, None) != 1:
            raise OSError(errno.EIO, "the kernel told no result")
        result = self._events[0].res
        if result < 0:
            raise OSError(-result, os.strerror(-result))

    def close(self) -> None:
        self._call(self._destroy, self._context)
        os.close(self._event)
