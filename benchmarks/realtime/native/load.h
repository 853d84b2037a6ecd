/* The load client: N sockets, one server, and what is measured over them. */
#ifndef LOAD_H
#define LOAD_H

#include "wire.h"

enum dialect { FRAMES, SOCKETIO };

/* The stages of a socket's greeting; and a connection for REST calls, which has none. */
enum { UPGRADING, GREETING, SIGNING, SUBSCRIBING, READY, CALLING };

struct load {
    enum dialect dialect;
    int port;
    const char *path;
    const char *room;
    unsigned sockets;   /* how many are to be open */
    unsigned ready;     /* how many are signed in and subscribed */
    unsigned under_way; /* how many are still greeting */
    struct conn *conns;
    int epoll;
    uint64_t worked;    /* nanoseconds of SPIN in which there was something to do */
    /* The measure that runs now. */
    void (*on_event)(struct conn *, unsigned number, uint64_t now);
    void (*on_answer)(struct conn *, uint64_t now);
};

extern struct load load;

/* dialect.c: what is said, in either protocol. */
void heard(struct conn *, const char *text, size_t length, uint64_t now);
void say_message(struct conn *);
void say_word(struct conn *); /* the same, and no answer is wanted */

/* load.c */
/* Without waiting: to wake a core that sleeps costs whoever sends to it as much as the sending, above
 * all on a virtual machine, and a slow server would pay for it more often than a fast one. */
enum { SPIN = 0 };

void pump(int milliseconds);

/* control.c: the server's side entrance. */
void control_open(const char *how);
void control_emit(unsigned first, unsigned count, int durable);
unsigned long control_counted(void);
void server_is(const char *pids);
double server_seconds(void); /* of processor time, all its threads together */

/* measures.c: each prints one line of JSON. */
void measure_connect(unsigned sockets, unsigned at_once);
void measure_idle(double seconds);
void measure_fanout(double seconds, unsigned window, int durable);
void measure_burst(unsigned count, unsigned repeats);
void measure_receive(double seconds);
void measure_tell(double seconds);

/* calls.c */
void answer_came(struct conn *, uint64_t now);
void measure_path(double seconds, unsigned callers, const char *token);

#endif
