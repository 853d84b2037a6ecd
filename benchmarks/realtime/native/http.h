/* One HTTP call at a time over a connection that stays open: what a phone does before it listens. */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>

struct call {
    int fd;
    char *bytes;        /* the answer as far as it has come */
    size_t length, room;
};

/* `token` and `body` may be empty. */
void put_call(int fd, int port, const char *method, const char *path, const char *token,
              const char *body);

/* Reads once. The answer's status when it is whole, its body then in `body`, ended by a NUL and
 * good until the next call; 0 while it is not. */
int take_answer(struct call *, const char **body);
void forget_call(struct call *);

/* The value of the first string by this name in a JSON text, into `out`; whether there is one. */
int json_string(const char *text, const char *name, char *out, size_t room);

#endif
