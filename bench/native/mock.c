/* A provider that costs next to nothing: HTTP/1.1, one thread, epoll. Which question it answers: what does a gateway cost
 * when the provider behind it is free? It leaves everything realistic to the simulated provider of the product.
 *
 *   mock PORT
 *
 * POST .../messages -> Anthropic Messages, .../responses -> OpenAI Responses, any other path -> Chat Completions.
 * Without "stream":true one JSON answer of about 1.9 KB. With it an SSE stream of 200 events of about 170 bytes, each its own
 * write(2), without a pause; a model name that contains paced-<ms>-<n> gives n events, one every ms milliseconds.
 * Every event carries T<nanoseconds since 1970> in its text, so that a client can tell how long it was on the way.
 * GET /mock/count answers how many POSTs have arrived; any other GET answers an empty model list. */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

enum dialect { CHAT, MESSAGES, RESPONSES, DIALECTS };
enum { UNPACED_EVENTS = 200, MAX_STREAMS = 65536, MAX_EVENTS = 100000 };

struct conn {
    int fd;
    struct queue in, out;
    int watching_out;
    enum dialect dialect;
    int streaming, sent, total;
    int64_t pace, due;
    int slot; /* place among the paced streams, -1 when in none */
    int closing;
};

static int poll_fd, timer_fd;
static long long arrivals;
static struct conn *paced[MAX_STREAMS];
static int paced_count;
static struct queue answer[DIALECTS];

static const char *const HEAD[DIALECTS] = {
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1780000000,\"model\":\"mock\",\"choices\":[{"
    "\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":"
    "\"assistant\",\"model\":\"claude-mock\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{"
    "\"input_tokens\":420,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\","
    "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_bench\","
    "\"object\":\"response\",\"created_at\":1780000000,\"status\":\"in_progress\",\"model\":\"mock\",\"output\":[]}}\n\n",
};
static const char *const EVENT[DIALECTS] = {
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1780000000,\"model\":\"mock\",\"choices\":[{"
    "\"index\":0,\"delta\":{\"content\":\" T%lld n%d\"},\"finish_reason\":null}]}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
    "\" T%lld and so on, step %d\"}}\n\n",
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_bench\",\"output_index\":0,"
    "\"content_index\":0,\"delta\":\" T%lld n%d\"}\n\n",
};
static const char *const TAIL[DIALECTS] = {
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1780000000,\"model\":\"mock\",\"choices\":[{"
    "\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":"
    "\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":200}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":999,\"response\":{\"id\":\"resp_bench\","
    "\"object\":\"response\",\"created_at\":1780000000,\"status\":\"completed\",\"model\":\"mock\",\"output\":[],\"usage\":{"
    "\"input_tokens\":420,\"output_tokens\":200,\"total_tokens\":620}}}\n\n",
};
static const char *const JSON[DIALECTS] = {
    "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1780000000,\"model\":\"mock\",\"choices\":[{\"index\":0,"
    "\"message\":{\"role\":\"assistant\",\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":420,\"completion_tokens\":300,\"total_tokens\":720}}",
    "{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-mock\",\"content\":[{\"type\":\"text\","
    "\"text\":\"%s\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":420,\"output_tokens\":300}}",
    "{\"id\":\"resp_bench\",\"object\":\"response\",\"created_at\":1780000000,\"status\":\"completed\",\"model\":\"mock\",\"output\":[{"
    "\"type\":\"message\",\"id\":\"msg_bench\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
    "\"text\":\"%s\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":420,\"output_tokens\":300,\"total_tokens\":720}}",
};

static void write_answers(void) {
    static const char sentence[] = "Each figure was checked twice against the ledger before it went into the table. ";
    char text[1601];
    for (size_t i = 0; i < sizeof text - 1; i++) text[i] = sentence[i % (sizeof sentence - 1)];
    text[sizeof text - 1] = 0;
    for (int d = 0; d < DIALECTS; d++) {
        char body[4096], head[256];
        int size = snprintf(body, sizeof body, JSON[d], text);
        int lead = snprintf(head, sizeof head,
                            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n"
                            "content-length: %d\r\n\r\n", size);
        queue_add(&answer[d], head, lead);
        queue_add(&answer[d], body, size);
    }
}

static void watch(struct conn *c, int also_out) {
    if (c->watching_out == also_out) return;
    struct epoll_event ev = {.events = EPOLLIN | (also_out ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &ev);
    c->watching_out = also_out;
}

static void leave_paced(struct conn *c) {
    if (c->slot < 0) return;
    paced[c->slot] = paced[--paced_count];
    paced[c->slot]->slot = c->slot;
    c->slot = -1;
}

/* Write now what the socket takes, keep the rest: the mock never spins on a slow reader. */
static void put(struct conn *c, const char *bytes, size_t size) {
    if (c->closing) return;
    if (!queue_size(&c->out)) {
        ssize_t took = write(c->fd, bytes, size);
        if (took < 0 && errno != EAGAIN) {
            c->closing = 1;
            return;
        }
        if (took > 0) bytes += took, size -= took;
    }
    if (!size) return;
    queue_add(&c->out, bytes, size);
    watch(c, 1);
}

static void put_chunk(struct conn *c, const char *bytes, int size) {
    char frame[1600];
    int lead = snprintf(frame, sizeof frame, "%x\r\n", size);
    memcpy(frame + lead, bytes, size);
    memcpy(frame + lead + size, "\r\n", 2);
    put(c, frame, lead + size + 2);
}

static void put_event(struct conn *c) {
    char event[1200];
    int size = snprintf(event, sizeof event, EVENT[c->dialect], (long long)clock_ns(CLOCK_REALTIME), c->sent++);
    put_chunk(c, event, size);
}

static void end_stream(struct conn *c) {
    put_chunk(c, TAIL[c->dialect], strlen(TAIL[c->dialect]));
    put(c, "0\r\n\r\n", 5);
    c->streaming = 0;
    leave_paced(c);
}

/* Unpaced streams go on as long as the reader keeps up. */
static void pump(struct conn *c) {
    while (c->streaming && !c->pace && !c->closing && !queue_size(&c->out)) {
        if (c->sent == c->total) end_stream(c);
        else put_event(c);
    }
}

static void begin_stream(struct conn *c, const char *body) {
    static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
                               "x-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n";
    int ms = 0, count = UNPACED_EVENTS;
    const char *wish = strstr(body, "paced-");
    if (wish && sscanf(wish, "paced-%d-%d", &ms, &count) != 2) ms = 0, count = UNPACED_EVENTS;
    put(c, head, sizeof head - 1);
    put_chunk(c, HEAD[c->dialect], strlen(HEAD[c->dialect]));
    c->streaming = 1;
    c->sent = 0;
    c->total = count < MAX_EVENTS ? count : MAX_EVENTS;
    c->pace = ms * 1000000LL;
    if (c->pace && paced_count < MAX_STREAMS) {
        c->due = clock_ns(CLOCK_MONOTONIC) + c->pace;
        c->slot = paced_count;
        paced[paced_count++] = c;
    }
}

static void serve(struct conn *c, const char *line, const char *body) {
    if (strncmp(line, "POST ", 5) != 0) {
        char text[96], whole[256];
        int size = strstr(line, "/mock/count") ? snprintf(text, sizeof text, "{\"arrivals\":%lld}", arrivals)
                                               : snprintf(text, sizeof text, "{\"object\":\"list\",\"data\":[]}");
        int head = strncmp(line, "HEAD ", 5) == 0;
        int all = snprintf(whole, sizeof whole, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", size,
                           head ? "" : text);
        put(c, whole, all);
        return;
    }
    arrivals++;
    c->dialect = strstr(line, "/messages") ? MESSAGES : strstr(line, "/responses") ? RESPONSES : CHAT;
    if (strstr(body, "\"stream\":true") || strstr(body, "\"stream\": true")) begin_stream(c, body);
    else put(c, answer[c->dialect].bytes, queue_size(&answer[c->dialect]));
}

/* Undo chunked framing in place. Returns the number of raw bytes used, 0 while more must arrive, -1 for nonsense. */
static ssize_t dechunk(char *bytes, size_t size, size_t *body_size) {
    size_t read = 0, kept = 0;
    for (;;) {
        char *line_end = memmem(bytes + read, size - read, "\r\n", 2);
        if (!line_end) return 0;
        size_t chunk = strtoul(bytes + read, NULL, 16);
        read = line_end + 2 - bytes;
        if (chunk > 1 << 26) return -1;
        if (size - read < chunk + 2) return 0;
        memmove(bytes + kept, bytes + read, chunk);
        kept += chunk;
        read += chunk + 2;
        if (!chunk) break;
    }
    *body_size = kept;
    return read;
}

/* Serve one whole request if there is one. Returns 1 when it did. */
static int take_request(struct conn *c) {
    if (c->streaming || c->closing || !queue_size(&c->in)) return 0;
    char *from = c->in.bytes + c->in.start;
    c->in.bytes[c->in.end] = 0;
    char *blank = memmem(from, queue_size(&c->in), "\r\n\r\n", 4);
    if (!blank) return 0;
    size_t head = blank + 4 - from, waiting = queue_size(&c->in) - head, body = 0, raw = 0;
    *blank = 0;
    const char *length = header(from, "\ncontent-length:");
    const char *coding = header(from, "\ntransfer-encoding:");
    if (coding && strncasecmp(coding, "chunked", 7) == 0) {
        /* Work on a copy until the last chunk is here: a half request must stay as it came. */
        char *copy = malloc(waiting + 1);
        if (!copy) give_up("malloc");
        memcpy(copy, blank + 4, waiting);
        ssize_t used = dechunk(copy, waiting, &body);
        if (used > 0) memcpy(blank + 4, copy, body), raw = used;
        free(copy);
        if (used < 0) c->closing = 1;
        if (used <= 0) return *blank = '\r', 0;
    } else {
        body = raw = length ? strtoul(length, NULL, 10) : 0;
        if (waiting < raw) return *blank = '\r', 0;
    }
    char *line_end = strstr(from, "\r\n");
    if (line_end) *line_end = 0;
    char kept = blank[4 + body];
    blank[4 + body] = 0;
    serve(c, from, blank + 4);
    blank[4 + body] = kept;
    c->in.start += head + raw;
    return 1;
}

static void drop(struct conn *c) {
    leave_paced(c);
    close(c->fd);
    free(c->in.bytes);
    free(c->out.bytes);
    free(c);
}

static void go_on(struct conn *c) {
    do pump(c);
    while (take_request(c));
    if (c->closing) drop(c);
}

static void readable(struct conn *c) {
    for (;;) {
        queue_reserve(&c->in, 65536);
        ssize_t got = read(c->fd, c->in.bytes + c->in.end, c->in.room - c->in.end - 1);
        if (got > 0) {
            c->in.end += got;
            if (c->in.room - c->in.end > 1) break;
            continue;
        }
        if (got < 0 && errno == EAGAIN) break;
        drop(c);
        return;
    }
    go_on(c);
}

static void writable(struct conn *c) {
    ssize_t took = write(c->fd, c->out.bytes + c->out.start, queue_size(&c->out));
    if (took < 0 && errno != EAGAIN) c->closing = 1;
    if (took > 0) c->out.start += took;
    if (!queue_size(&c->out)) watch(c, 0);
    go_on(c);
}

static void arm_timer(void) {
    int64_t next = 0;
    for (int i = 0; i < paced_count; i++)
        if (!next || paced[i]->due < next) next = paced[i]->due;
    struct itimerspec spec = {.it_value = {.tv_sec = next / SECOND_NS, .tv_nsec = next % SECOND_NS}};
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void tick(void) {
    uint64_t times;
    if (read(timer_fd, &times, sizeof times) < 0) return;
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    for (int i = paced_count - 1; i >= 0; i--) { /* backwards: leaving swaps the last one in */
        struct conn *c = paced[i];
        if (c->due > now) continue;
        c->due += c->pace;
        if (c->sent < c->total) put_event(c);
        if (c->sent >= c->total) end_stream(c);
        if (c->closing || !c->streaming) go_on(c);
    }
}

static void accept_all(int listener) {
    int on = 1, fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct conn *c = calloc(1, sizeof *c);
        if (!c) give_up("calloc");
        c->fd = fd;
        c->slot = -1;
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: mock PORT\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* never outlive the bench */
    write_answers();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) give_up("bind");
    poll_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    static int accept_tag, timer_tag;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &accept_tag}, ready[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &ev);
    ev.data.ptr = &timer_tag;
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &ev);
    for (;;) {
        int had = paced_count, ticked = 0, count = epoll_wait(poll_fd, ready, 256, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.ptr == &accept_tag) accept_all(listener);
            else if (ready[i].data.ptr == &timer_tag) ticked = 1;
            else if (ready[i].events & EPOLLOUT) writable(ready[i].data.ptr);
            else readable(ready[i].data.ptr);
        }
        /* The clock runs after the sockets: it may drop a connection that this batch still named. */
        if (ticked) tick();
        if (ticked || had != paced_count) arm_timer();
    }
}
