#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (256 * 1024)
#define LARGEST (64u * 1024 * 1024)

static char buffer[BUFFER];
static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};

uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

int dial(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("no socket: %s", strerror(errno));
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Closing with a reset leaves no TIME_WAIT behind, of which there would be thousands. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        fail("connect to port %d: %s", port, strerror(errno));
    return fd;
}

void put(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length) {
        ssize_t done = send(fd, at, length, MSG_NOSIGNAL);
        if (done >= 0) {
            at += done;
            length -= (size_t)done;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, 10000) == 0) fail("the server has not read for 10 s");
        } else if (errno != EINTR) {
            fail("send: %s", strerror(errno));
        }
    }
}

void put_upgrade(int fd, const char *path, int port) {
    char text[1024];
    int length = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: " WS_KEY "\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n", path, port);
    put(fd, text, (size_t)length);
}

static void put_frame(int fd, int opcode, const char *text, size_t length) {
    unsigned char frame[8 + 4096];
    if (length > 4096) fail("a message of %zu bytes is too long to send", length);
    size_t at = 0;
    frame[at++] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        frame[at++] = (unsigned char)(0x80 | length);
    } else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(length >> 8);
        frame[at++] = (unsigned char)length;
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < length; i++) frame[at + i] = (unsigned char)text[i] ^ mask[i & 3];
    put(fd, frame, at + length);
}

void put_text(int fd, const char *text, size_t length) {
    put_frame(fd, OP_TEXT, text, length);
}

static void frame_came(struct conn *c, int opcode, const char *payload, size_t length,
                       on_text *handle, uint64_t now) {
    if (opcode == OP_TEXT || opcode == OP_BINARY) {
        handle(c, payload, length, now);
    } else if (opcode == OP_PING) {
        put_frame(c->fd, OP_PONG, payload, length);
    } else if (opcode == OP_CLOSE) {
        int code = length >= 2 ? (unsigned char)payload[0] << 8 | (unsigned char)payload[1] : 0;
        fail("socket %u was closed with %d %.*s", c->index, code,
             length > 2 ? (int)length - 2 : 0, payload + 2);
    }
}

/* How many of the bytes were whole frames. */
static size_t frames(struct conn *c, const char *bytes, size_t length, on_text *handle,
                     uint64_t now) {
    size_t at = 0;
    while (length - at >= 2) {
        const unsigned char *head = (const unsigned char *)bytes + at;
        size_t header = 2, size = head[1] & 127;
        if (!(head[0] & 0x80)) fail("the server sends fragments, which this client does not take");
        if (head[0] & 0x70) fail("a reserved bit is set: is compression on?");
        if (head[1] & 0x80) fail("a server's frame is masked");
        if (size == 126) {
            if (length - at < 4) break;
            header = 4;
            size = (size_t)head[2] << 8 | head[3];
        } else if (size == 127) {
            if (length - at < 10) break;
            header = 10;
            size = 0;
            for (int i = 2; i < 10; i++) size = size << 8 | head[i];
            if (size > LARGEST) fail("a frame of %zu bytes", size);
        }
        if (length - at < header + size) break;
        frame_came(c, head[0] & 15, bytes + at + header, size, handle, now);
        at += header + size;
    }
    return at;
}

static size_t upgrade_answer(const char *bytes, size_t length) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(bytes, "HTTP/1.1 101", 12))
        fail("no upgrade: %.*s", (int)(length < 200 ? length : 200), bytes);
    return (size_t)(end - bytes) + 4;
}

void take(struct conn *c, int *upgraded, on_text *handle) {
    char *bytes = buffer;
    size_t room = BUFFER, had = c->carried;
    if (had) {
        if (c->carry_room < had + BUFFER) {
            c->carry_room = had + BUFFER;
            c->carry = realloc(c->carry, c->carry_room);
            if (!c->carry) fail("out of memory");
        }
        bytes = c->carry;
        room = c->carry_room - had;
    }
    ssize_t got = recv(c->fd, bytes + had, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) fail("socket %u: %s", c->index, strerror(errno));
    if (got == 0) fail("socket %u: the server hung up", c->index);
    size_t length = had + (size_t)got, used = 0;
    uint64_t now = now_ns();
    if (!*upgraded) {
        used = upgrade_answer(bytes, length);
        if (used) {
            *upgraded = 1;
            handle(c, NULL, 0, now);
        }
    }
    if (*upgraded) used += frames(c, bytes + used, length - used, handle, now);
    size_t left = length - used;
    if (left && bytes == buffer) {
        if (c->carry_room < left) {
            c->carry_room = left;
            c->carry = realloc(c->carry, left);
            if (!c->carry) fail("out of memory");
        }
        memcpy(c->carry, buffer + used, left);
    } else if (left && used) {
        memmove(c->carry, c->carry + used, left);
    } else if (!left && c->carry) {
        /* Thousands of these would push everything else out of the cache. */
        free(c->carry);
        c->carry = NULL;
        c->carry_room = 0;
    }
    c->carried = left;
}
