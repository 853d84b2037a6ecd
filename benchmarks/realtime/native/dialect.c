/* The two protocols that are spoken. FRAMES is the platform's own, `{"id", "action", "data"}`,
 * which the plain WebSocket peers speak too; SOCKETIO is Engine.IO 4 with Socket.IO 5 packets. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int starts(const char *text, size_t length, const char *with) {
    size_t n = strlen(with);
    return length >= n && !memcmp(text, with, n);
}

static void say(struct conn *c, const char *text, int length) {
    put_text(c->fd, text, (size_t)length);
}

static void say_sign_in(struct conn *c) {
    char text[4096];
    const char *format = load.dialect == FRAMES
        ? "{\"id\":1,\"action\":\"auth\",\"data\":{\"token\":\"%s\"}}"
        : "40{\"token\":\"%s\"}";
    say(c, text, snprintf(text, sizeof text, format, c->token));
    c->stage = SIGNING;
}

static void say_subscribe(struct conn *c) {
    char text[512];
    const char *format = load.dialect == FRAMES
        ? "{\"id\":2,\"action\":\"room:subscribe\",\"data\":{\"roomId\":\"%s\",\"quiet\":true}}"
        : "422[\"subscribe\",{\"roomId\":\"%s\",\"quiet\":true}]";
    say(c, text, snprintf(text, sizeof text, format, load.room));
    c->stage = SUBSCRIBING;
    c->next_id = 3;
}

void say_message(struct conn *c) {
    char text[512];
    const char *format = load.dialect == FRAMES
        ? "{\"id\":%u,\"action\":\"bench:count\",\"data\":{\"roomId\":\"%s\",\"answer\":\"B\"}}"
        : "42%u[\"count\",{\"roomId\":\"%s\",\"answer\":\"B\"}]";
    say(c, text, snprintf(text, sizeof text, format, c->next_id++, load.room));
}

void say_word(struct conn *c) {
    char text[512];
    const char *format = load.dialect == FRAMES
        ? "{\"action\":\"bench:count\",\"data\":{\"roomId\":\"%s\",\"answer\":\"B\"}}"
        : "42[\"count\",{\"roomId\":\"%s\",\"answer\":\"B\"}]";
    say(c, text, snprintf(text, sizeof text, format, load.room));
}

static void ready(struct conn *c) {
    c->stage = READY;
    load.ready++;
    load.under_way--;
}

static void greet(struct conn *c, const char *text, size_t length) {
    switch (c->stage) {
    case UPGRADING:
        c->stage = GREETING;
        /* Engine.IO speaks first. */
        if (load.dialect == FRAMES) say_sign_in(c);
        return;
    case GREETING:
        if (starts(text, length, "0{")) say_sign_in(c);
        return;
    case SIGNING:
        if (starts(text, length, load.dialect == FRAMES ? "{\"ack\":1," : "40")) say_subscribe(c);
        return;
    case SUBSCRIBING:
        if (starts(text, length, load.dialect == FRAMES ? "{\"ack\":2," : "432[")) ready(c);
        return;
    }
}

void heard(struct conn *c, const char *text, size_t length, uint64_t now) {
    int answer = 0;
    if (load.dialect == SOCKETIO && length == 1 && *text == '2') {
        say(c, "3", 1);
        return;
    }
    if (length) {
        answer = starts(text, length, load.dialect == FRAMES ? "{\"ack\":" : "43");
        if ((answer || starts(text, length, "44")) && memmem(text, length, "\"error\":", 8))
            fail("socket %u was refused: %.*s", c->index, (int)length, text);
    }
    if (c->stage != READY) {
        greet(c, text, length);
        return;
    }
    if (answer) {
        if (load.on_answer) load.on_answer(c, now);
        return;
    }
    const char *mark = memmem(text, length, "@@", 2);
    if (mark && load.on_event) load.on_event(c, (unsigned)strtoul(mark + 2, NULL, 10), now);
}
