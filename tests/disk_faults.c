/* Faults of a disk, for a program that is started with this library in LD_PRELOAD.
 *
 * Only files whose paths begin with FAULT_FOLDER are concerned. The FAULT_AT-th of the
 * calls that FAULT_CALLS names gets the fault, and with FAULT_STAYS every later one too:
 *
 *   open write sync truncate rename   calls that change files
 *   look read stat list               calls that open, read and find files, read folders
 *   map lock share                    calls by which processes share a file of SQLite:
 *                                     share is all that opens or grows its memory (-shm)
 *
 *   FAULT_ERRNO=N     the call fails with this error
 *   FAULT_CUT=SEED    the power is cut: the process is killed; of what was written and
 *                     not synced, the disk has some sectors and not others
 *   FAULT_ACT=SCRIPT  sh does this before the call, with the path as $1
 *
 * The file FAULT_LOG gets a byte when the fault happens.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTOR 512

/* What the disk had before a write that is not synced yet. */
struct old {
    char path[512];
    ino_t inode;
    off_t offset, size;
    size_t length;
    char *bytes;
    struct old *before;
};

static struct old *unsynced;
static int calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether the calls of this thread are those of this library, which never fail. */
static __thread int is_inside;

static void take(void) {
    pthread_mutex_lock(&lock);
    is_inside = 1;
}

static void give(void) {
    is_inside = 0;
    pthread_mutex_unlock(&lock);
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int below(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder && path && !is_inside && !strncmp(path, folder, strlen(folder));
}

static int is_memory(const char *path) { return !!strstr(path, "-shm"); }

static int concerns(const char *path) { return below(path) && !is_memory(path); }

/* As `concerns`, also for the memory that processes share. */
static int shared(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 511);
    path[length < 0 ? 0 : length] = 0;
    return below(path);
}

static int path_of(int fd, char *path) { return shared(fd, path) && concerns(path); }

/* Keep what the disk has at a place that is about to be written. */
static void keep(int fd, const char *path, off_t offset, size_t length) {
    struct stat status;
    struct old *old = calloc(1, sizeof *old);
    int (*open_file)(const char *, int, ...) = real("open64");
    int copy = open_file(path, O_RDONLY | O_CLOEXEC);
    if (copy >= 0 && !fstat(fd, &status)) {
        strcpy(old->path, path);
        old->inode = status.st_ino;
        old->offset = offset;
        old->size = status.st_size;
        old->bytes = malloc(length + 1);
        ssize_t got = pread(copy, old->bytes, length, offset);
        old->length = got < 0 ? 0 : got;
        old->before = unsynced;
        unsynced = old;
    }
    if (copy >= 0) close(copy);
}

static void synced(int fd) {
    struct stat status;
    if (fstat(fd, &status)) return;
    for (struct old *old = unsynced; old; old = old->before)
        if (old->inode == status.st_ino) old->inode = 0;
}

/* Undo unsynced writes, latest first, sector by sector as the dice fall. */
static void cut(unsigned seed) {
    ssize_t (*write_at)(int, const void *, size_t, off_t) = real("pwrite64");
    int (*set_size)(int, off_t) = real("ftruncate64");
    int (*open_file)(const char *, int, ...) = real("open64");
    for (struct old *old = unsynced; old; old = old->before) {
        if (!old->inode) continue;
        int fd = open_file(old->path, O_WRONLY | O_CLOEXEC);
        if (fd < 0) continue;
        for (size_t at = 0; at < old->length; at += SECTOR) {
            size_t rest = old->length - at;
            if (rand_r(&seed) % 2)
                write_at(fd, old->bytes + at, rest < SECTOR ? rest : SECTOR,
                         old->offset + at);
        }
        if (rand_r(&seed) % 2) set_size(fd, old->size);
        close(fd);
    }
    kill(getpid(), SIGKILL);
}

/* Have a shell do something to a file, without this library. */
static void act(const char *path) {
    char *words[] = {"sh", "-c", getenv("FAULT_ACT"), "sh", (char *)path, NULL};
    char *variables[] = {"PATH=/usr/bin:/bin", NULL};
    pid_t shell;
    if (!posix_spawn(&shell, "/bin/sh", NULL, NULL, words, variables))
        waitpid(shell, NULL, 0);
}

/* Count a call. Return whether it fails; errno is set then. */
static int fails(const char *call, const char *path) {
    const char *wanted = getenv("FAULT_CALLS"), *at = getenv("FAULT_AT");
    if (!wanted || !at || !strstr(wanted, call)) return 0;
    int number = ++calls, target = atoi(at);
    if (number < target || (number > target && !getenv("FAULT_STAYS"))) return 0;
    int (*open_file)(const char *, int, ...) = real("open64");
    int log = open_file(getenv("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ssize_t (*put)(int, const void *, size_t) = real("write");
    put(log, ".", 1);
    close(log);
    if (getenv("FAULT_CUT")) cut(atoi(getenv("FAULT_CUT")));
    if (getenv("FAULT_ACT")) {
        act(path);
        return 0;
    }
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

static int locked_fails(const char *call, const char *path) {
    take();
    int failed = fails(call, path);
    give();
    return failed;
}

#define OPEN(name)                                                                  \
    int name(const char *path, int flags, ...) {                                    \
        int (*next)(const char *, int, ...) = real(#name);                          \
        va_list rest;                                                               \
        va_start(rest, flags);                                                      \
        int mode = va_arg(rest, int);                                               \
        va_end(rest);                                                               \
        const char *call = flags & O_ACCMODE ? "open" : "look";                     \
        if (is_memory(path)) call = "share";                                        \
        int failed = below(path) && locked_fails(call, path);                       \
        return failed ? -1 : next(path, flags, mode);                               \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*next)(int, const void *, size_t) = real("write");
    char path[512];
    if (!path_of(fd, path)) return next(fd, data, size);
    take();
    int failed = fails("write", path);
    if (!failed) {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        keep(fd, path, offset < 0 ? 0 : offset, size);
    }
    ssize_t done = failed ? -1 : next(fd, data, size);
    give();
    return done;
}

#define WRITE_AT(name)                                                              \
    ssize_t name(int fd, const void *data, size_t size, off_t offset) {             \
        ssize_t (*next)(int, const void *, size_t, off_t) = real(#name);            \
        char path[512];                                                             \
        if (!shared(fd, path)) return next(fd, data, size, offset);                 \
        take();                                                                     \
        int failed = fails(is_memory(path) ? "share" : "write", path);              \
        if (!failed && !is_memory(path)) keep(fd, path, offset, size);              \
        ssize_t done = failed ? -1 : next(fd, data, size, offset);                  \
        give();                                                                     \
        return done;                                                                \
    }
WRITE_AT(pwrite)
WRITE_AT(pwrite64)

#define SYNC(name)                                                                  \
    int name(int fd) {                                                              \
        int (*next)(int) = real(#name);                                             \
        char path[512];                                                             \
        if (!path_of(fd, path)) return next(fd);                                    \
        take();                                                                     \
        int failed = fails("sync", path);                                           \
        if (!failed) synced(fd);                                                    \
        give();                                                                     \
        return failed ? -1 : next(fd);                                              \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name)                                                              \
    int name(int fd, off_t size) {                                                  \
        int (*next)(int, off_t) = real(#name);                                      \
        char path[512];                                                             \
        if (!shared(fd, path)) return next(fd, size);                               \
        const char *call = is_memory(path) ? "share" : "truncate";                  \
        return locked_fails(call, path) ? -1 : next(fd, size);                      \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int rename(const char *from, const char *to) {
    int (*next)(const char *, const char *) = real("rename");
    return concerns(to) && locked_fails("rename", from) ? -1 : next(from, to);
}

ssize_t read(int fd, void *data, size_t size) {
    ssize_t (*next)(int, void *, size_t) = real("read");
    char path[512];
    return path_of(fd, path) && locked_fails("read", path) ? -1 : next(fd, data, size);
}

#define READ_AT(name)                                                               \
    ssize_t name(int fd, void *data, size_t size, off_t offset) {                   \
        ssize_t (*next)(int, void *, size_t, off_t) = real(#name);                  \
        char path[512];                                                             \
        if (path_of(fd, path) && locked_fails("read", path)) return -1;             \
        return next(fd, data, size, offset);                                        \
    }
READ_AT(pread)
READ_AT(pread64)

#define STAT(name, kind)                                                            \
    int name(const char *path, struct kind *status) {                               \
        int (*next)(const char *, struct kind *) = real(#name);                     \
        if (concerns(path) && locked_fails("stat", path)) return -1;                \
        return next(path, status);                                                  \
    }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

#define STAT_OPEN(name, kind)                                                       \
    int name(int fd, struct kind *status) {                                         \
        int (*next)(int, struct kind *) = real(#name);                              \
        char path[512];                                                             \
        if (path_of(fd, path) && locked_fails("stat", path)) return -1;             \
        return next(fd, status);                                                    \
    }
STAT_OPEN(fstat, stat)
STAT_OPEN(fstat64, stat64)

DIR *opendir(const char *path) {
    DIR *(*next)(const char *) = real("opendir");
    return concerns(path) && locked_fails("list", path) ? NULL : next(path);
}

#define LIST(name, kind)                                                            \
    struct kind *name(DIR *folder) {                                                \
        struct kind *(*next)(DIR *) = real(#name);                                  \
        char path[512];                                                             \
        if (path_of(dirfd(folder), path) && locked_fails("list", path)) return NULL;\
        return next(folder);                                                        \
    }
LIST(readdir, dirent)
LIST(readdir64, dirent64)

#define MAP(name)                                                                   \
    void *name(void *at, size_t size, int access, int flags, int fd, off_t offset) {\
        void *(*next)(void *, size_t, int, int, int, off_t) = real(#name);          \
        char path[512];                                                             \
        if (fd >= 0 && shared(fd, path) && locked_fails("map", path))               \
            return MAP_FAILED;                                                      \
        return next(at, size, access, flags, fd, offset);                           \
    }
MAP(mmap)
MAP(mmap64)

#define LOCK(name)                                                                  \
    int name(int fd, int command, ...) {                                            \
        int (*next)(int, int, void *) = real(#name);                                \
        va_list rest;                                                               \
        va_start(rest, command);                                                    \
        void *value = va_arg(rest, void *);                                         \
        va_end(rest);                                                               \
        char path[512];                                                             \
        int locks = command == F_SETLK || command == F_SETLKW;                      \
        if (locks && shared(fd, path) && locked_fails("lock", path)) return -1;     \
        return next(fd, command, value);                                            \
    }
LOCK(fcntl)
LOCK(fcntl64)
