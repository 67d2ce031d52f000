// Put before the system's library: of one operation on files below a folder, the n-th fails once.
//
//   FAULT_ROOT   the folder
//   FAULT_OP     open (for writing), write, fsync, rename, link or mkdir
//   FAULT_AT     which one, counted from 1
//   FAULT_ERRNO  how it fails
//   FAULT_MARK   a file that is made when it does
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int count;

static int below_root(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    // The program is started in the folder.
    return root && (path[0] != '/' || strncmp(path, root, strlen(root)) == 0);
}

static int is_ours(int fd) {
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return path[0] == '/' && below_root(path);
}

static int fails(const char *op) {
    const char *wanted = getenv("FAULT_OP"), *at = getenv("FAULT_AT"), *how = getenv("FAULT_ERRNO");
    if (!wanted || !at || !how || strcmp(op, wanted) != 0) return 0;
    if (__sync_add_and_fetch(&count, 1) != atoi(at)) return 0;
    const char *mark = getenv("FAULT_MARK");
    if (mark) syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, mark, O_CREAT | O_WRONLY, 0600));
    errno = atoi(how);
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY)

#define OPEN(name)                                                          \
    int name(const char *path, int flags, ...) {                            \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        mode_t mode = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                       \
        if (WRITES(flags) && below_root(path) && fails("open")) return -1;  \
        return NEXT(name)(path, flags, mode);                               \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                        \
    int name(int folder, const char *path, int flags, ...) {                \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        mode_t mode = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                       \
        if (WRITES(flags) && below_root(path) && fails("open")) return -1;  \
        return NEXT(name)(folder, path, flags, mode);                       \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t length) {
    if (is_ours(fd) && fails("write")) return -1;
    return NEXT(write)(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    if (is_ours(fd) && fails("write")) return -1;
    return NEXT(writev)(fd, parts, number);
}

int fsync(int fd) {
    if (is_ours(fd) && fails("fsync")) return -1;
    return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
    if (is_ours(fd) && fails("fsync")) return -1;
    return NEXT(fdatasync)(fd);
}

int rename(const char *from, const char *to) {
    if (below_root(to) && fails("rename")) return -1;
    return NEXT(rename)(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    if (below_root(to) && fails("link")) return -1;
    return NEXT(linkat)(from_folder, from, to_folder, to, flags);
}

int mkdir(const char *path, mode_t mode) {
    if (below_root(path) && fails("mkdir")) return -1;
    return NEXT(mkdir)(path, mode);
}
