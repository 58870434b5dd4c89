// Goes before ptrace(2) in the lab's kernel, preloaded by tests/lab/boot.
//
// User-mode-linux 6.1 keeps what a processor holds beyond the general registers in 2,696
// bytes: enough for AVX-512 and protection keys. With AMX it is 11 KB. Reading it cuts it to
// what fits (PTRACE_GETREGSET), but only the whole can be written back (PTRACE_SETREGSET):
// the kernel panics, "set fp regs failed", with its first process. Here the whole is written
// back, with the part that the kernel knows put in place of its own.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static long (*next)(enum __ptrace_request, pid_t, void *, void *);

// Not on the stack, of which that kernel has 16 KB. It is one thread.
static unsigned char whole[1 << 15] __attribute__((aligned(64)));

__attribute__((constructor)) static void find_next(void)
{
    next = dlsym(RTLD_NEXT, "ptrace");
}

static long write_back(pid_t pid, void *type, const struct iovec *known)
{
    struct iovec state = {whole, sizeof whole};
    long result = next(PTRACE_GETREGSET, pid, type, &state);

    if (result < 0)
        return result;
    memcpy(whole, known->iov_base,
           known->iov_len < state.iov_len ? known->iov_len : state.iov_len);
    return next(PTRACE_SETREGSET, pid, type, &state);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list rest;
    va_start(rest, request);
    pid_t pid = va_arg(rest, pid_t);
    void *address = va_arg(rest, void *);
    void *data = va_arg(rest, void *);
    va_end(rest);

    if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
        return write_back(pid, address, data);
    return next(request, pid, address, data);
}
