/* What is known of the server under test, and its side entrance: a line over plain TCP, or a text over a WebSocket of
 * its own where the server has no other way in. It makes the server send, and asks what it has
 * counted. */
#define _GNU_SOURCE
#include "load.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct conn control;
static int over_websocket, upgraded;
static char answer[64];

static void heard_control(struct conn *c, const char *text, size_t length, uint64_t now) {
    (void)c, (void)now;
    if (length < sizeof answer) snprintf(answer, sizeof answer, "%.*s", (int)length, text);
}

static void wait_readable(void) {
    struct pollfd wait = {.fd = control.fd, .events = POLLIN};
    if (poll(&wait, 1, 10000) <= 0) fail("the server's control does not answer");
}

void control_open(const char *how) {
    over_websocket = !strncmp(how, "ws:", 3);
    if (over_websocket) {
        control.fd = dial(load.port);
        put_upgrade(control.fd, how + 3, load.port);
        while (!upgraded) {
            wait_readable();
            take(&control, &upgraded, heard_control);
        }
    } else {
        control.fd = dial(atoi(how));
    }
}

static void tell(const char *line, int length) {
    if (over_websocket) put_text(control.fd, line, (size_t)length);
    else put(control.fd, line, (size_t)length);
}

void control_emit(unsigned first, unsigned count, int durable) {
    char line[64];
    tell(line, snprintf(line, sizeof line, "%c %u %u\n", durable ? 'd' : 'e', first, count));
}

unsigned long control_counted(void) {
    answer[0] = 0;
    tell("c\n", 2);
    while (!answer[0]) {
        wait_readable();
        if (over_websocket) {
            take(&control, &upgraded, heard_control);
            continue;
        }
        ssize_t got = recv(control.fd, answer, sizeof answer - 1, 0);
        if (got <= 0) fail("the server's control hung up");
        answer[got] = 0;
    }
    return strtoul(answer, NULL, 10);
}

static int pids[64], pid_count;

void server_is(const char *text) {
    char *end;
    for (pid_count = 0; pid_count < 64; text = end) {
        int pid = (int)strtol(text, &end, 10);
        if (end == text) break;
        pids[pid_count++] = pid;
    }
}

static double thread_seconds(int pid, const char *thread) {
    char path[320];
    unsigned long long ns = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%llu", &ns) != 1) ns = 0;
    fclose(file);
    return (double)ns / 1e9;
}

double server_seconds(void) {
    double total = 0;
    for (int i = 0; i < pid_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task", pids[i]);
        DIR *folder = opendir(path);
        if (!folder) continue;
        for (struct dirent *entry; (entry = readdir(folder));)
            if (entry->d_name[0] != '.') total += thread_seconds(pids[i], entry->d_name);
        closedir(folder);
    }
    return total;
}
