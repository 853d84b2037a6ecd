/* A WebSocket client over epoll: just enough of RFC 6455 for loopback, and fast. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

/* The sample key of RFC 6455 and its answer: every handshake here uses them. */
#define WS_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define WS_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

struct conn {
    int fd;
    int stage;          /* where in the dialect's greeting this socket is */
    unsigned index;
    unsigned next_id;   /* of the next message that wants an answer */
    unsigned last;      /* the number of the last event that came */
    char *token;
    char *carry;        /* a frame that has only half arrived */
    size_t carried, carry_room;
};

typedef void on_text(struct conn *, const char *text, size_t length, uint64_t now);

uint64_t now_ns(void);
double cpu_seconds(void);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A non-blocking connection to 127.0.0.1, possibly still under way. */
int dial(int port);

/* Waits where the socket is full: what is sent here is small. */
void put(int fd, const void *bytes, size_t length);
void put_upgrade(int fd, const char *path, int port);
void put_text(int fd, const char *text, size_t length);

/* Reads once. Hands over every whole text frame, answers pings, keeps the rest for later.
 * Before the upgrade is answered (`upgraded` 0) it eats the answer and sets it to 1. */
void take(struct conn *, int *upgraded, on_text *);

#endif
