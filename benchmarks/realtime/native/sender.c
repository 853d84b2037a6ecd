/* The limit: a WebSocket server that does nothing but one `send` for each socket and event.
 *
 * usage: sender PORT CONTROL_PORT …. It takes any token, parses nothing and bounds nothing; whatever
 * it is asked, it answers with the `id` that it finds. Only for the load client beside it: the
 * handshake's answer is the constant one for the key which that client always sends. */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
#define EVENT 300
#define ROOM 4096

struct client { int fd, upgraded, subscribed; size_t held; char *bytes; };

static struct client clients[MOST]; /* by file descriptor */
static int listening[MOST], listeners, gateway, control_gateway, control = -1, epoll;
static unsigned long counted;

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) {
        fprintf(stderr, "sender: port %d: %s\n", port, strerror(errno));
        exit(1);
    }
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t done = send(fd, bytes, length, MSG_NOSIGNAL);
        if (done >= 0) {
            bytes += done;
            length -= (size_t)done;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else {
            return; /* gone; its read will say so */
        }
    }
}

static size_t head_of(char *frame, size_t length) {
    frame[0] = (char)(0x80 | OP_TEXT);
    if (length < 126) {
        frame[1] = (char)length;
        return 2;
    }
    frame[1] = 126;
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    return 4;
}

static void emit(unsigned number) {
    char frame[EVENT + 8];
    size_t head = head_of(frame, EVENT);
    char *text = frame + head;
    memset(text, 'x', EVENT);
    char mark[48];
    int marked = snprintf(mark, sizeof mark, "{\"mark\":\"@@%09u\",\"text\":\"", number);
    memcpy(text, mark, (size_t)marked);
    memcpy(text + EVENT - 2, "\"}", 2);
    for (int i = 0; i < listeners; i++) send_all(listening[i], frame, head + EVENT);
}

static void answer(struct client *c, char *text, size_t length) {
    const char *id = memmem(text, length, "\"id\":", 5);
    unsigned number = id ? (unsigned)strtoul(id + 5, NULL, 10) : 0;
    if (number == 2 && !c->subscribed) {
        c->subscribed = 1;
        listening[listeners++] = c->fd;
    } else if (number > 2) {
        counted++;
    }
    char body[64], frame[80];
    int size = snprintf(body, sizeof body, "{\"ack\":%u,\"data\":{}}", number);
    size_t head = head_of(frame, (size_t)size);
    memcpy(frame + head, body, (size_t)size);
    send_all(c->fd, frame, head + (size_t)size);
}

static size_t frame_in(struct client *c, char *bytes, size_t length) {
    if (length < 6) return 0;
    size_t size = (unsigned char)bytes[1] & 127, head = 6;
    if (size == 126) {
        if (length < 8) return 0;
        size = (size_t)(unsigned char)bytes[2] << 8 | (unsigned char)bytes[3];
        head = 8;
    }
    if (length < head + size) return 0;
    char *key = bytes + head - 4, *text = bytes + head, after = text[size];
    for (size_t i = 0; i < size; i++) text[i] ^= key[i & 3];
    text[size] = 0; /* for strtoul */
    if ((bytes[0] & 15) == OP_TEXT) answer(c, text, size);
    text[size] = after;
    return head + size;
}

static void leave(struct client *c) {
    for (int i = 0; i < listeners; i++)
        if (listening[i] == c->fd) listening[i] = listening[--listeners];
    close(c->fd);
    free(c->bytes);
    memset(c, 0, sizeof *c);
}

static void read_client(struct client *c) {
    static const char upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: " WS_ACCEPT "\r\n\r\n";
    if (!c->bytes) c->bytes = malloc(ROOM + 1);
    ssize_t got = recv(c->fd, c->bytes + c->held, ROOM - c->held, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        leave(c);
        return;
    }
    c->held += (size_t)got;
    size_t at = 0, used;
    if (!c->upgraded) {
        char *end = memmem(c->bytes, c->held, "\r\n\r\n", 4);
        if (!end) return;
        at = (size_t)(end - c->bytes) + 4;
        c->upgraded = 1;
        send_all(c->fd, upgrade, sizeof upgrade - 1);
    }
    while ((used = frame_in(c, c->bytes + at, c->held - at))) at += used;
    c->held -= at;
    memmove(c->bytes, c->bytes + at, c->held);
    if (!c->held) {
        free(c->bytes);
        c->bytes = NULL;
    }
}

static void read_control(void) {
    char line[4096], reply[32];
    ssize_t got = recv(control, line, sizeof line - 1, 0);
    if (got <= 0) {
        close(control);
        control = -1;
        return;
    }
    line[got] = 0;
    for (char *at = strtok(line, "\n"); at; at = strtok(NULL, "\n")) {
        unsigned first, count;
        if (sscanf(at, "e %u %u", &first, &count) == 2)
            for (unsigned n = first; n < first + count; n++) emit(n);
        else if (*at == 'c')
            send_all(control, reply, (size_t)snprintf(reply, sizeof reply, "%lu\n", counted));
    }
}

static void welcome(int from) {
    int fd, one = 1;
    while ((fd = accept4(from, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
        if (from == control_gateway) control = fd;
        else clients[fd] = (struct client){.fd = fd};
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    epoll = epoll_create1(0);
    gateway = listen_on(atoi(argv[1]));
    control_gateway = listen_on(atoi(argv[2]));
    static struct epoll_event ready[512];
    for (;;) {
        int count = epoll_wait(epoll, ready, 512, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == gateway || fd == control_gateway) welcome(fd);
            else if (fd == control) read_control();
            else read_client(&clients[fd]);
        }
    }
}
