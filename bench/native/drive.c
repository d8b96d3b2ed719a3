/* The load driver: HTTP/1.1 on loopback, one thread, epoll. Which question it answers: how many calls were answered, how many
 * streams reached their dialect's own end, and how long each event was on the way. What the gateway paid for it is not its
 * business: bench/meter.py reads that from the kernel.
 *
 *   drive -p PORT -u PATH -b BODYFILE [-H 'name: value']... -c CONNECTIONS [-t SECONDS] [-n CALLS] [-r CALLS_PER_SECOND] [-g GRACE]
 *
 * Without -r a closed loop: each connection sends its next call when the last one is answered. With -r an open loop: calls are
 * due at a fixed rate, and latency counts from the moment a call was due, so a stalled gateway cannot hide behind the driver.
 * No call starts after -t seconds or -n calls; what runs then has -g seconds to end. One JSON line on stdout; times in
 * microseconds. ok = 2xx with a whole body; refused = any other status; broken = connection lost; hung = unanswered at the end;
 * events = SSE events; finished = answers whose body carried the dialect's own end. */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

enum part { HEADERS, SIZED, TO_CLOSE, CHUNK_SIZE, CHUNK_BYTES, CHUNK_END, TRAILERS };
enum { TAIL = 4096, STAMP_DIGITS = 19 };

struct conn {
    int fd, busy, status, began, close_after;
    enum part part;
    int64_t since, left;
    struct queue head;
    char tail[TAIL]; /* the last bytes of the body, to find the dialect's own end */
    size_t tail_size;
    int newlines, digits, line_size;
    int64_t stamp;
};

/* Delays in steps of 0.1 microseconds: 32 bits hold seven minutes. */
struct series {
    uint32_t *at;
    size_t count, room;
};

static struct conn *conns;
static int *idle, idle_count, conn_count = 16, poll_fd;
static struct sockaddr_in target;
static struct queue request;
static int64_t stop_starting, calls, most_calls = INT64_MAX;
static double rate;
static long long ok, refused, broken, events, finished, body_bytes;
static int last_refusal;
static struct series latency, first_byte, event_delay;

static void note(struct series *s, int64_t ns) {
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 65536;
        s->at = realloc(s->at, s->room * sizeof *s->at);
        if (!s->at) give_up("realloc");
    }
    int64_t tenths = ns < 0 ? 0 : ns / 100;
    s->at[s->count++] = tenths > UINT32_MAX ? UINT32_MAX : (uint32_t)tenths;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile(struct series *s, double q) { return s->count ? s->at[(size_t)((s->count - 1) * q)] / 10.0 : 0; }

static int may_start(int64_t now) { return now < stop_starting && calls < most_calls; }

static void rest(struct conn *c) {
    c->busy = 0;
    idle[idle_count++] = c - conns;
}

static void hang_up(struct conn *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

static int dial(struct conn *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0) give_up("socket");
    if (connect(c->fd, (struct sockaddr *)&target, sizeof target)) {
        hang_up(c);
        return 0;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &ev);
    return 1;
}

static void start(struct conn *c, int64_t due) {
    calls++;
    c->busy = 1;
    c->part = HEADERS;
    c->began = 0;
    c->since = due;
    c->head.start = c->head.end = 0;
    c->tail_size = 0;
    c->newlines = 0;
    c->digits = -1;
    int sent = c->fd >= 0 || dial(c);
    for (size_t at = 0; sent && at < queue_size(&request);) {
        ssize_t took = send(c->fd, request.bytes + at, queue_size(&request) - at, MSG_NOSIGNAL);
        if (took <= 0) sent = 0;
        else at += took;
    }
    if (sent) return;
    broken++;
    hang_up(c);
    rest(c);
}

static void answered(struct conn *c) {
    static const char *const ends[] = {"data: [DONE]", "event: message_stop", "\"type\":\"message_stop\"", "event: response.completed"};
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    note(&latency, now - c->since);
    if (c->status / 100 == 2) ok++;
    else refused++, last_refusal = c->status;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (memmem(c->tail, c->tail_size, ends[i], strlen(ends[i]))) {
            finished++;
            break;
        }
    if (c->close_after) hang_up(c);
    rest(c);
    if (!rate && may_start(now)) start(&conns[idle[--idle_count]], now);
}

static void keep_tail(struct conn *c, const char *bytes, size_t size) {
    if (size >= TAIL) {
        memcpy(c->tail, bytes + size - TAIL, TAIL);
        c->tail_size = TAIL;
        return;
    }
    if (c->tail_size + size > TAIL) {
        size_t drop = c->tail_size + size - TAIL;
        memmove(c->tail, c->tail + drop, c->tail_size - drop);
        c->tail_size -= drop;
    }
    memcpy(c->tail + c->tail_size, bytes, size);
    c->tail_size += size;
}

/* Count blank lines (ends of SSE events) and read the T<nanoseconds> stamps. */
static void take_body(struct conn *c, const char *bytes, size_t size) {
    int64_t now = 0;
    body_bytes += size;
    keep_tail(c, bytes, size);
    for (size_t i = 0; i < size; i++) {
        char ch = bytes[i];
        if (ch == '\n') {
            if (c->newlines++ == 1) events++;
        } else if (ch != '\r') {
            c->newlines = 0;
        }
        if (c->digits >= 0 && ch >= '0' && ch <= '9' && c->digits < STAMP_DIGITS) {
            c->stamp = c->stamp * 10 + (ch - '0');
            c->digits++;
            continue;
        }
        if (c->digits == STAMP_DIGITS) {
            if (!now) now = clock_ns(CLOCK_REALTIME);
            note(&event_delay, now - c->stamp);
        }
        c->digits = -1;
        if (ch == 'T') c->digits = 0, c->stamp = 0;
    }
}

/* Returns how many bytes belonged to the head; sets the next part when the head is whole. */
static size_t take_head(struct conn *c, const char *bytes, size_t size) {
    size_t before = queue_size(&c->head);
    if (!c->began) note(&first_byte, clock_ns(CLOCK_MONOTONIC) - c->since);
    c->began = 1;
    queue_add(&c->head, bytes, size);
    c->head.bytes[c->head.end] = 0;
    char *blank = strstr(c->head.bytes, "\r\n\r\n");
    if (!blank) return size;
    blank[2] = 0;
    const char *head = c->head.bytes, *length = header(head, "\ncontent-length:");
    const char *coding = header(head, "\ntransfer-encoding:"), *connection = header(head, "\nconnection:");
    c->status = atoi(head + 9);
    c->close_after = connection && strncasecmp(connection, "close", 5) == 0;
    c->left = 0;
    c->line_size = 0;
    if (coding && strncasecmp(coding, "chunked", 7) == 0) c->part = CHUNK_SIZE;
    else if (length) c->part = SIZED, c->left = strtoll(length, NULL, 10);
    else c->part = TO_CLOSE, c->close_after = 1;
    return blank + 4 - head - before;
}

static void take(struct conn *c, const char *bytes, size_t size) {
    while (c->busy) {
        if (c->part == SIZED && !c->left) {
            answered(c);
            return;
        }
        if (!size) return;
        size_t used = 1;
        char ch = *bytes;
        switch (c->part) {
        case HEADERS:
            used = take_head(c, bytes, size);
            break;
        case TO_CLOSE:
            take_body(c, bytes, used = size);
            break;
        case SIZED:
        case CHUNK_BYTES:
            used = (int64_t)size < c->left ? size : (size_t)c->left;
            take_body(c, bytes, used);
            c->left -= used;
            if (c->part == CHUNK_BYTES && !c->left) c->part = CHUNK_END;
            break;
        case CHUNK_SIZE:
            if (isxdigit((unsigned char)ch)) c->left = c->left * 16 + (ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
            else if (ch == '\n') c->part = c->left ? CHUNK_BYTES : TRAILERS, c->line_size = 0;
            break;
        case CHUNK_END:
            if (ch == '\n') c->part = CHUNK_SIZE;
            break;
        case TRAILERS:
            if (ch == '\n' && !c->line_size) {
                answered(c);
                return;
            }
            c->line_size = ch == '\n' ? 0 : c->line_size + (ch != '\r');
            break;
        }
        bytes += used;
        size -= used;
    }
}

static void lost(struct conn *c) {
    hang_up(c);
    if (!c->busy) return;
    if (c->part == TO_CLOSE) {
        answered(c);
        return;
    }
    broken++;
    rest(c);
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    if (!rate && may_start(now)) start(&conns[idle[--idle_count]], now);
}

static void readable(struct conn *c) {
    static char bytes[262144];
    if (c->fd < 0) return;
    ssize_t got = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0) take(c, bytes, got);
    else if (got == 0 || errno != EAGAIN) lost(c);
}

static void write_request(int port, const char *path, const char *headers, const char *body_file) {
    struct queue body = {0};
    FILE *file = fopen(body_file, "rb");
    if (!file) give_up(body_file);
    for (size_t got = 1; got;) {
        queue_reserve(&body, 65536);
        got = fread(body.bytes + body.end, 1, 65536, file);
        body.end += got;
    }
    fclose(file);
    char *head;
    int size = asprintf(&head, "POST %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\nuser-agent: bench-drive\r\n"
                               "%scontent-length: %zu\r\n\r\n", path, port, headers, queue_size(&body));
    queue_add(&request, head, size);
    queue_add(&request, body.bytes, queue_size(&body));
    free(head);
    free(body.bytes);
}

static void run(double seconds, double grace) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer, &ev);
    int64_t began = clock_ns(CLOCK_MONOTONIC), due = began, step = rate ? (int64_t)(SECOND_NS / rate) : 0;
    stop_starting = began + (int64_t)(seconds * SECOND_NS);
    int64_t give_up_at = stop_starting + (int64_t)(grace * SECOND_NS);
    if (!rate)
        for (int left = conn_count; left && may_start(began); left--) start(&conns[idle[--idle_count]], clock_ns(CLOCK_MONOTONIC));
    for (;;) {
        int64_t now = clock_ns(CLOCK_MONOTONIC);
        if (now >= give_up_at || (!may_start(now) && idle_count == conn_count)) break;
        if (rate && may_start(now)) {
            for (; due <= now && idle_count && may_start(now); due += step) start(&conns[idle[--idle_count]], due);
            int64_t wake = due > now ? due : now + 1000000; /* no connection free: look again in a millisecond */
            struct itimerspec spec = {.it_value = {.tv_sec = wake / SECOND_NS, .tv_nsec = wake % SECOND_NS}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
        }
        int count = epoll_wait(poll_fd, ready, 256, 100);
        for (int i = 0; i < count; i++) {
            uint64_t times;
            if (ready[i].data.ptr) readable(ready[i].data.ptr);
            else if (read(timer, &times, sizeof times) < 0 && errno != EAGAIN) give_up("timer");
        }
    }
    double took = (clock_ns(CLOCK_MONOTONIC) - began) / 1e9;
    qsort(latency.at, latency.count, sizeof *latency.at, by_size);
    qsort(first_byte.at, first_byte.count, sizeof *first_byte.at, by_size);
    qsort(event_delay.at, event_delay.count, sizeof *event_delay.at, by_size);
    printf("{\"calls\":%lld,\"ok\":%lld,\"refused\":%lld,\"last_refusal\":%d,\"broken\":%lld,\"hung\":%d,\"seconds\":%.3f,\"rate\":%.1f,"
           "\"p50\":%.1f,\"p99\":%.1f,\"first50\":%.1f,\"first99\":%.1f,\"events\":%lld,\"stamped\":%zu,\"event50\":%.1f,"
           "\"event99\":%.1f,\"finished\":%lld,\"bytes\":%lld}\n",
           (long long)calls, ok, refused, last_refusal, broken, conn_count - idle_count, took, ok / took, quantile(&latency, .5),
           quantile(&latency, .99), quantile(&first_byte, .5), quantile(&first_byte, .99), events, event_delay.count,
           quantile(&event_delay, .5), quantile(&event_delay, .99), finished, body_bytes);
}

int main(int argc, char **argv) {
    const char *path = "/v1/chat/completions", *body_file = NULL;
    char headers[4096] = "";
    double seconds = 3600, grace = 30;
    int port = 0, option;
    while ((option = getopt(argc, argv, "p:u:b:H:c:t:n:r:g:")) > 0) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'b': body_file = optarg; break;
        case 'H':
            if (strlen(headers) + strlen(optarg) + 3 > sizeof headers) return fprintf(stderr, "headers too long\n"), 2;
            strcat(strcat(headers, optarg), "\r\n");
            break;
        case 'c': conn_count = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'n': most_calls = atoll(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'g': grace = atof(optarg); break;
        default: return 2;
        }
    }
    if (!port || !body_file || conn_count < 1) return fprintf(stderr, "usage: see the head of drive.c\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    write_request(port, path, headers, body_file);
    poll_fd = epoll_create1(0);
    conns = calloc(conn_count, sizeof *conns);
    idle = calloc(conn_count, sizeof *idle);
    if (!conns || !idle) give_up("calloc");
    for (int i = conn_count - 1; i >= 0; i--) {
        conns[i].fd = -1;
        idle[idle_count++] = i;
    }
    run(seconds, grace);
    return 0;
}
