/* The limit of the load client: a server that does nothing but answer, always the same.
 *
 * usage: still PORT BYTES, the size of the answer's body
 *
 * It takes whatever one `recv` brings for one request, which is right for a client that waits.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(const char *what) {
    perror(what);
    return 1;
}

int main(int count, char **arguments) {
    if (count != 3) return 1;
    size_t size = strtoul(arguments[2], NULL, 10);
    char *answer = malloc(size + 200), taken[8192];
    if (!answer) return failed("malloc");
    int head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                               "Content-Length: %zu\r\n\r\n", size);
    memset(answer + head, ' ', size);
    size_t length = (size_t)head + size;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int door = socket(AF_INET, SOCK_STREAM, 0), poller = epoll_create1(0), on = 1;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (void *)&address, sizeof address) < 0) return failed("bind");
    if (listen(door, 128) < 0) return failed("listen");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[128];
    epoll_ctl(poller, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int ready = epoll_wait(poller, events, 128, -1);
        for (int number = 0; number < ready; number++) {
            int link = events[number].data.fd;
            if (link == door) {
                link = accept(door, NULL, NULL);
                setsockopt(link, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = link};
                epoll_ctl(poller, EPOLL_CTL_ADD, link, &event);
                continue;
            }
            if (recv(link, taken, sizeof taken, 0) <= 0) {
                close(link);
                continue;
            }
            for (size_t sent = 0; sent < length;) {
                ssize_t piece = send(link, answer + sent, length - sent, MSG_NOSIGNAL);
                if (piece <= 0) break;
                sent += (size_t)piece;
            }
        }
    }
}
