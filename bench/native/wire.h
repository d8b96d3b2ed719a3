/* What the mock provider and the load driver share: clocks, growing buffers and one rule for reading HTTP/1.1 bodies. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL

static inline int64_t clock_ns(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static inline void give_up(const char *doing) {
    perror(doing);
    exit(1);
}

/* A byte queue: bytes [start, end) are waiting. */
struct queue {
    char *bytes;
    size_t start, end, room;
};

static inline size_t queue_size(const struct queue *q) { return q->end - q->start; }

/* Make place for `more` bytes and one closing NUL. */
static inline void queue_reserve(struct queue *q, size_t more) {
    if (q->start && q->start == q->end) q->start = q->end = 0;
    if (q->end + more + 1 <= q->room) return;
    if (q->start) {
        memmove(q->bytes, q->bytes + q->start, queue_size(q));
        q->end -= q->start;
        q->start = 0;
    }
    if (q->end + more + 1 <= q->room) return;
    size_t room = q->room ? q->room : 16384;
    while (room < q->end + more + 1) room *= 2;
    q->bytes = realloc(q->bytes, room);
    if (!q->bytes) give_up("realloc");
    q->room = room;
}

static inline void queue_add(struct queue *q, const char *bytes, size_t size) {
    queue_reserve(q, size);
    memcpy(q->bytes + q->end, bytes, size);
    q->end += size;
}

/* The value of a header inside a NUL-terminated head, or NULL. `name` is "\nname:" in any case. */
static inline const char *header(const char *head, const char *name) {
    const char *at = strcasestr(head, name);
    if (!at) return NULL;
    at += strlen(name);
    while (*at == ' ') at++;
    return at;
}

#endif
