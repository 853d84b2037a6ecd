#define _GNU_SOURCE
#include "http.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void put_call(int fd, int port, const char *method, const char *path, const char *token,
              const char *body) {
    char text[4096];
    int length = snprintf(text, sizeof text,
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n%s%s%s\r\n%s", method, path, port, strlen(body),
        *token ? "Authorization: Bearer " : "", token, *token ? "\r\n" : "", body);
    if (length >= (int)sizeof text) fail("a call of %d bytes is too long", length);
    put(fd, text, (size_t)length);
}

int take_answer(struct call *call, const char **body) {
    if (call->room - call->length < 4096) {
        call->room += 16384;
        call->bytes = realloc(call->bytes, call->room);
        if (!call->bytes) fail("out of memory");
    }
    ssize_t got = recv(call->fd, call->bytes + call->length, call->room - call->length - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got < 0) fail("a call: %s", strerror(errno));
    if (got == 0) fail("the server hung up in the middle of a call");
    call->length += (size_t)got;
    call->bytes[call->length] = 0;
    char *end = strstr(call->bytes, "\r\n\r\n");
    if (!end) return 0;
    const char *size = strcasestr(call->bytes, "\r\ncontent-length:");
    if (!size || size > end) fail("an answer without a length: %.100s", call->bytes);
    size_t whole = (size_t)(end - call->bytes) + 4 + strtoul(size + 17, NULL, 10);
    if (call->length < whole) return 0;
    if (call->length > whole) fail("more than one answer to a call");
    *body = end + 4;
    call->length = 0;
    return atoi(call->bytes + 9);
}

void forget_call(struct call *call) {
    close(call->fd);
    free(call->bytes);
    *call = (struct call){.fd = -1};
}

int json_string(const char *text, const char *name, char *out, size_t room) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *from = strstr(text, key);
    if (!from) return 0;
    from += strlen(key);
    size_t length = strcspn(from, "\"");
    if (length >= room) return 0;
    memcpy(out, from, length);
    out[length] = 0;
    return 1;
}
