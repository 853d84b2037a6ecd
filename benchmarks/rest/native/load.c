/* The load of a REST call: so many connections that stay open, on each one call after another.
 *
 * usage: load PORT CONNECTIONS WARM SECONDS FILE cycle|once
 *
 * FILE holds whole HTTP requests, each after its length (four bytes, the least first). They are
 * sent in their order, whichever connection is free; with `cycle` from the beginning again, with
 * `once` the measure ends with the file. What is answered within WARM seconds is not counted.
 * A measure goes on until as many answers as connections were counted. Calls under way at the
 * end are waited for. Prints one line of JSON, times in milliseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 20.0 /* seconds without an answer */

struct request {
    const char *bytes;
    uint32_t length;
};

struct connection {
    int fd;
    double sent_at;
    char *answer;
    size_t length, room;
    const char *rest; /* of a request that the kernel did not take at once */
    size_t rest_length;
};

static struct request *requests;
static size_t request_count, next_request, answered, refused, measured, least, bytes;
static float *times;
static size_t times_room;
static char first_refusal[400];
static int port, once, poller, under_way;
static double began, ends, last_answer, last_counted;

#define fail(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static void *grown(void *old, size_t size) {
    void *new = realloc(old, size);
    if (!new) fail("out of memory");
    return new;
}

static double clock_of(clockid_t which) {
    struct timespec time;
    clock_gettime(which, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double now(void) {
    return clock_of(CLOCK_MONOTONIC);
}

static void read_requests(const char *name) {
    int file = open(name, O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0) fail("%s: %s", name, strerror(errno));
    size_t size = (size_t)about.st_size, got = 0;
    char *all = grown(NULL, size + 1);
    while (got < size) {
        ssize_t piece = read(file, all + got, size - got);
        if (piece <= 0) fail("%s cannot be read", name);
        got += (size_t)piece;
    }
    close(file);
    for (size_t at = 0; at + 4 <= size;) {
        uint32_t length;
        memcpy(&length, all + at, 4);
        at += 4;
        if (at + length > size) fail("%s ends in the middle of a request", name);
        if (request_count % 1024 == 0)
            requests = grown(requests, (request_count + 1024) * sizeof *requests);
        requests[request_count++] = (struct request){all + at, length};
        at += length;
    }
    if (!request_count) fail("%s holds no request", name);
}

static void watch(struct connection *connection, int how, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = connection};
    if (epoll_ctl(poller, how, connection->fd, &event) < 0) fail("epoll: %s", strerror(errno));
}

static void put(struct connection *connection) {
    while (connection->rest_length) {
        ssize_t sent = send(connection->fd, connection->rest, connection->rest_length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0) fail("a call: %s", strerror(errno));
        connection->rest += sent;
        connection->rest_length -= (size_t)sent;
    }
}

static void call(struct connection *connection) {
    if (next_request == request_count) {
        if (once) return;
        next_request = 0;
    }
    struct request *request = &requests[next_request++];
    connection->rest = request->bytes;
    connection->rest_length = request->length;
    connection->length = 0;
    connection->sent_at = now();
    under_way++;
    put(connection);
}

static void join(struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->fd < 0 || connect(connection->fd, (void *)&address, sizeof address) < 0)
        fail("the server cannot be reached: %s", strerror(errno));
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection->fd, F_SETFL, O_NONBLOCK);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

/* How long the whole answer is; 0 while that is not known, or in pieces not all there. */
static size_t whole(const struct connection *connection) {
    const char *text = connection->answer;
    const char *end = memmem(text, connection->length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - text) + 4;
    const char *size = strcasestr(text, "\r\ncontent-length:");
    if (size && size < end) return head + strtoul(size + 17, NULL, 10);
    const char *pieces = strcasestr(text, "\r\ntransfer-encoding: chunked");
    if (!pieces || pieces > end) fail("an answer without a length: %.200s", text);
    if (connection->length < head + 5) return 0;
    return memcmp(text + connection->length - 5, "0\r\n\r\n", 5) ? 0 : connection->length;
}

static int goes_on(double time) {
    return time < ends || measured < least;
}

static void note(const struct connection *connection, double time) {
    int status = atoi(connection->answer + 9);
    answered++;
    under_way--;
    last_answer = time;
    if (status < 200 || status > 299) {
        if (!refused++) snprintf(first_refusal, sizeof first_refusal, "%s", connection->answer);
        return;
    }
    if (time < began || !goes_on(time)) return;
    last_counted = time;
    bytes += connection->length;
    if (measured == times_room) {
        times_room = times_room ? 2 * times_room : 65536;
        times = grown(times, times_room * sizeof *times);
    }
    times[measured++] = (float)((time - connection->sent_at) * 1e3);
}

static void take(struct connection *connection) {
    if (connection->room - connection->length < 65536) {
        connection->room += 131072;
        connection->answer = grown(connection->answer, connection->room);
    }
    char *into = connection->answer + connection->length;
    ssize_t got = recv(connection->fd, into, connection->room - connection->length - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) fail("a call: %s", strerror(errno));
    if (got == 0) fail("the server hung up");
    connection->length += (size_t)got;
    connection->answer[connection->length] = 0;
    size_t length = whole(connection);
    if (!length || connection->length < length) return;
    double time = now();
    note(connection, time);
    if (goes_on(time)) call(connection);
}

static int by_size(const void *one, const void *other) {
    float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

static double share(double part) {
    if (!measured) return 0;
    return times[(size_t)(part * (double)(measured - 1))];
}

static void print_text(const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar((unsigned char)*text < 32 ? ' ' : *text);
    }
}

int main(int count, char **arguments) {
    if (count != 7) fail("usage: load PORT CONNECTIONS WARM SECONDS FILE cycle|once");
    port = atoi(arguments[1]);
    int connections = atoi(arguments[2]);
    least = (size_t)connections;
    read_requests(arguments[5]);
    once = !strcmp(arguments[6], "once");
    poller = epoll_create1(0);
    struct connection *all = calloc((size_t)connections, sizeof *all);
    if (!all) fail("out of memory");
    for (int number = 0; number < connections; number++) join(&all[number]);
    began = now() + atof(arguments[3]);
    ends = began + atof(arguments[4]);
    last_answer = now();
    for (int number = 0; number < connections; number++) call(&all[number]);
    struct epoll_event events[256];
    while (under_way) {
        int ready = epoll_wait(poller, events, 256, 1000);
        if (now() - last_answer > PATIENCE) fail("no answer for %.0f seconds", PATIENCE);
        for (int number = 0; number < ready; number++) {
            struct connection *connection = events[number].data.ptr;
            if (events[number].events & EPOLLOUT) {
                watch(connection, EPOLL_CTL_MOD, EPOLLIN);
                put(connection);
            }
            if (events[number].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take(connection);
        }
    }
    if (last_counted > ends || last_answer < ends) ends = last_counted;
    double seconds = ends - began;
    qsort(times, measured, sizeof *times, by_size);
    printf("{\"rate\": %.3f, \"p50\": %.4f, \"p99\": %.4f, \"seconds\": %.4f, \"measured\": %zu, "
           "\"answered\": %zu, \"refused\": %zu, \"bytes\": %zu, \"processor\": %.4f, "
           "\"first_refusal\": \"",
           seconds > 0 ? (double)measured / seconds : 0.0, share(0.5), share(0.99), seconds,
           measured, answered, refused, bytes, clock_of(CLOCK_PROCESS_CPUTIME_ID));
    print_text(first_refusal);
    puts("\"}");
    return 0;
}
