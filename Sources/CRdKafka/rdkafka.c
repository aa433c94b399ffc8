#include "CRdKafka.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

// Each function of librdkafka that is used: result, name, parameters, arguments.
#define SOMA_RDKAFKA_FUNCTIONS(F)                                                                                 \
    F(const char *, rd_kafka_version_str, (void), ())                                                             \
    F(const char *, rd_kafka_err2str, (rd_kafka_resp_err_t code), (code))                                         \
    F(const char *, rd_kafka_err2name, (rd_kafka_resp_err_t code), (code))                                        \
    F(rd_kafka_resp_err_t, rd_kafka_error_code, (const rd_kafka_error_t *error), (error))                         \
    F(const char *, rd_kafka_error_string, (const rd_kafka_error_t *error), (error))                              \
    F(void, rd_kafka_error_destroy, (rd_kafka_error_t * error), (error))                                          \
    /* Settings and clients */                                                                                    \
    F(rd_kafka_conf_t *, rd_kafka_conf_new, (void), ())                                                           \
    F(void, rd_kafka_conf_destroy, (rd_kafka_conf_t * conf), (conf))                                              \
    F(rd_kafka_conf_res_t, rd_kafka_conf_set,                                                                     \
      (rd_kafka_conf_t * conf, const char *name, const char *value, char *text, size_t size),                     \
      (conf, name, value, text, size))                                                                            \
    F(void, rd_kafka_conf_set_events, (rd_kafka_conf_t * conf, int events), (conf, events))                       \
    F(rd_kafka_resp_err_t, rd_kafka_conf_interceptor_add_on_new,                                                  \
      (rd_kafka_conf_t * conf, const char *name, rd_kafka_interceptor_f_on_new_t *on_new, void *context),         \
      (conf, name, on_new, context))                                                                              \
    F(rd_kafka_resp_err_t, rd_kafka_interceptor_add_on_response_received,                                         \
      (rd_kafka_t * client, const char *name, rd_kafka_interceptor_f_on_response_received_t *on_response,         \
       void *context),                                                                                            \
      (client, name, on_response, context))                                                                       \
    F(rd_kafka_t *, rd_kafka_new, (rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t size),         \
      (type, conf, text, size))                                                                                   \
    F(void, rd_kafka_destroy_flags, (rd_kafka_t * client, int flags), (client, flags))                            \
    F(rd_kafka_resp_err_t, rd_kafka_fatal_error, (rd_kafka_t * client, char *text, size_t size),                  \
      (client, text, size))                                                                                       \
    F(rd_kafka_resp_err_t, rd_kafka_set_log_queue, (rd_kafka_t * client, rd_kafka_queue_t *queue),                \
      (client, queue))                                                                                            \
    F(rd_kafka_resp_err_t, rd_kafka_poll_set_consumer, (rd_kafka_t * client), (client))                           \
    /* Queues */                                                                                                  \
    F(rd_kafka_queue_t *, rd_kafka_queue_new, (rd_kafka_t * client), (client))                                    \
    F(rd_kafka_queue_t *, rd_kafka_queue_get_main, (rd_kafka_t * client), (client))                               \
    F(rd_kafka_queue_t *, rd_kafka_queue_get_consumer, (rd_kafka_t * client), (client))                           \
    F(rd_kafka_queue_t *, rd_kafka_queue_get_partition,                                                           \
      (rd_kafka_t * client, const char *topic, int32_t partition), (client, topic, partition))                    \
    F(void, rd_kafka_queue_forward, (rd_kafka_queue_t * from, rd_kafka_queue_t *to), (from, to))                  \
    F(void, rd_kafka_queue_destroy, (rd_kafka_queue_t * queue), (queue))                                          \
    F(void, rd_kafka_queue_yield, (rd_kafka_queue_t * queue), (queue))                                            \
    F(rd_kafka_event_t *, rd_kafka_queue_poll, (rd_kafka_queue_t * queue, int milliseconds),                      \
      (queue, milliseconds))                                                                                      \
    F(void, rd_kafka_queue_cb_event_enable,                                                                       \
      (rd_kafka_queue_t * queue, void (*callback)(rd_kafka_t * client, void *context), void *context),            \
      (queue, callback, context))                                                                                 \
    /* Events */                                                                                                  \
    F(rd_kafka_event_type_t, rd_kafka_event_type, (const rd_kafka_event_t *event), (event))                       \
    F(void, rd_kafka_event_destroy, (rd_kafka_event_t * event), (event))                                          \
    F(const rd_kafka_message_t *, rd_kafka_event_message_next, (rd_kafka_event_t * event), (event))               \
    F(rd_kafka_resp_err_t, rd_kafka_event_error, (rd_kafka_event_t * event), (event))                             \
    F(const char *, rd_kafka_event_error_string, (rd_kafka_event_t * event), (event))                             \
    F(int, rd_kafka_event_error_is_fatal, (rd_kafka_event_t * event), (event))                                    \
    F(void *, rd_kafka_event_opaque, (rd_kafka_event_t * event), (event))                                         \
    F(int, rd_kafka_event_log,                                                                                    \
      (rd_kafka_event_t * event, const char **facility, const char **text, int *level),                           \
      (event, facility, text, level))                                                                             \
    F(const char *, rd_kafka_event_stats, (rd_kafka_event_t * event), (event))                                    \
    F(rd_kafka_topic_partition_list_t *, rd_kafka_event_topic_partition_list, (rd_kafka_event_t * event),         \
      (event))                                                                                                    \
    F(rd_kafka_topic_partition_t *, rd_kafka_event_topic_partition, (rd_kafka_event_t * event), (event))          \
    F(void, rd_kafka_topic_partition_destroy, (rd_kafka_topic_partition_t * partition), (partition))              \
    /* Messages */                                                                                                \
    F(const char *, rd_kafka_topic_name, (const rd_kafka_topic_t *topic), (topic))                                \
    F(int64_t, rd_kafka_message_timestamp,                                                                        \
      (const rd_kafka_message_t *message, rd_kafka_timestamp_type_t *type), (message, type))                      \
    F(rd_kafka_resp_err_t, rd_kafka_message_headers,                                                              \
      (const rd_kafka_message_t *message, rd_kafka_headers_t **headers), (message, headers))                      \
    F(rd_kafka_resp_err_t, rd_kafka_header_get_all,                                                               \
      (const rd_kafka_headers_t *headers, size_t index, const char **name, const void **value, size_t *size),     \
      (headers, index, name, value, size))                                                                        \
    F(rd_kafka_headers_t *, rd_kafka_headers_new, (size_t count), (count))                                        \
    F(void, rd_kafka_headers_destroy, (rd_kafka_headers_t * headers), (headers))                                  \
    F(rd_kafka_resp_err_t, rd_kafka_header_add,                                                                   \
      (rd_kafka_headers_t * headers, const char *name, ssize_t name_size, const void *value, ssize_t value_size), \
      (headers, name, name_size, value, value_size))                                                              \
    /* Producing */                                                                                               \
    F(rd_kafka_topic_t *, rd_kafka_topic_new,                                                                     \
      (rd_kafka_t * client, const char *name, rd_kafka_topic_conf_t *conf), (client, name, conf))                 \
    F(void, rd_kafka_topic_destroy, (rd_kafka_topic_t * topic), (topic))                                          \
    F(rd_kafka_resp_err_t, rd_kafka_purge, (rd_kafka_t * client, int flags), (client, flags))                     \
    /* Consuming */                                                                                               \
    F(rd_kafka_topic_partition_list_t *, rd_kafka_topic_partition_list_new, (int count), (count))                 \
    F(void, rd_kafka_topic_partition_list_destroy, (rd_kafka_topic_partition_list_t * list), (list))              \
    F(rd_kafka_topic_partition_t *, rd_kafka_topic_partition_list_add,                                            \
      (rd_kafka_topic_partition_list_t * list, const char *topic, int32_t partition), (list, topic, partition))   \
    F(rd_kafka_resp_err_t, rd_kafka_subscribe,                                                                    \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list), (client, list))                         \
    F(rd_kafka_resp_err_t, rd_kafka_assign,                                                                       \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list), (client, list))                         \
    F(rd_kafka_error_t *, rd_kafka_incremental_assign,                                                            \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list), (client, list))                         \
    F(rd_kafka_error_t *, rd_kafka_incremental_unassign,                                                          \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list), (client, list))                         \
    F(const char *, rd_kafka_rebalance_protocol, (rd_kafka_t * client), (client))                                 \
    F(rd_kafka_resp_err_t, rd_kafka_commit_queue,                                                                 \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list, rd_kafka_queue_t *queue,                 \
       void (*callback)(                                                                                          \
           rd_kafka_t * client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t * list, void *opaque),  \
       void *opaque),                                                                                             \
      (client, list, queue, callback, opaque))                                                                    \
    F(rd_kafka_resp_err_t, rd_kafka_commit,                                                                       \
      (rd_kafka_t * client, const rd_kafka_topic_partition_list_t *list, int in_background),                      \
      (client, list, in_background))                                                                              \
    F(rd_kafka_error_t *, rd_kafka_consumer_close_queue, (rd_kafka_t * client, rd_kafka_queue_t *queue),          \
      (client, queue))                                                                                            \
    F(int, rd_kafka_consumer_closed, (rd_kafka_t * client), (client))                                             \
    /* Asking; these block */                                                                                     \
    F(rd_kafka_resp_err_t, rd_kafka_metadata,                                                                     \
      (rd_kafka_t * client, int all, rd_kafka_topic_t *only, const struct rd_kafka_metadata **metadata,           \
       int milliseconds),                                                                                         \
      (client, all, only, metadata, milliseconds))                                                                \
    F(void, rd_kafka_metadata_destroy, (const struct rd_kafka_metadata *metadata), (metadata))                    \
    F(rd_kafka_resp_err_t, rd_kafka_query_watermark_offsets,                                                      \
      (rd_kafka_t * client, const char *topic, int32_t partition, int64_t *low, int64_t *high, int milliseconds), \
      (client, topic, partition, low, high, milliseconds))                                                        \
    F(rd_kafka_resp_err_t, rd_kafka_offsets_for_times,                                                            \
      (rd_kafka_t * client, rd_kafka_topic_partition_list_t *list, int milliseconds),                             \
      (client, list, milliseconds))                                                                               \
    F(rd_kafka_resp_err_t, rd_kafka_committed,                                                                    \
      (rd_kafka_t * client, rd_kafka_topic_partition_list_t *list, int milliseconds),                             \
      (client, list, milliseconds))                                                                               \
    F(rd_kafka_resp_err_t, rd_kafka_list_groups,                                                                  \
      (rd_kafka_t * client, const char *group, const struct rd_kafka_group_list **list, int milliseconds),        \
      (client, group, list, milliseconds))                                                                        \
    F(void, rd_kafka_group_list_destroy, (const struct rd_kafka_group_list *list), (list))                        \
    /* Changing topics */                                                                                         \
    F(rd_kafka_NewTopic_t *, rd_kafka_NewTopic_new,                                                               \
      (const char *name, int partitions, int replicas, char *text, size_t size),                                  \
      (name, partitions, replicas, text, size))                                                                   \
    F(void, rd_kafka_NewTopic_destroy, (rd_kafka_NewTopic_t * topic), (topic))                                    \
    F(rd_kafka_AdminOptions_t *, rd_kafka_AdminOptions_new, (rd_kafka_t * client, rd_kafka_admin_op_t operation), \
      (client, operation))                                                                                        \
    F(void, rd_kafka_AdminOptions_destroy, (rd_kafka_AdminOptions_t * options), (options))                        \
    F(rd_kafka_resp_err_t, rd_kafka_AdminOptions_set_request_timeout,                                             \
      (rd_kafka_AdminOptions_t * options, int milliseconds, char *text, size_t size),                             \
      (options, milliseconds, text, size))                                                                        \
    F(void, rd_kafka_CreateTopics,                                                                                \
      (rd_kafka_t * client, rd_kafka_NewTopic_t **topics, size_t count, const rd_kafka_AdminOptions_t *options,   \
       rd_kafka_queue_t *queue),                                                                                  \
      (client, topics, count, options, queue))                                                                    \
    F(const rd_kafka_CreateTopics_result_t *, rd_kafka_event_CreateTopics_result, (rd_kafka_event_t * event),     \
      (event))                                                                                                    \
    F(const rd_kafka_topic_result_t **, rd_kafka_CreateTopics_result_topics,                                      \
      (const rd_kafka_CreateTopics_result_t *result, size_t *count), (result, count))                             \
    F(rd_kafka_resp_err_t, rd_kafka_topic_result_error, (const rd_kafka_topic_result_t *result), (result))        \
    F(const char *, rd_kafka_topic_result_error_string, (const rd_kafka_topic_result_t *result), (result))        \
    F(const char *, rd_kafka_topic_result_name, (const rd_kafka_topic_result_t *result), (result))                \
    /* What groups have committed */                                                                              \
    F(rd_kafka_ListConsumerGroupOffsets_t *, rd_kafka_ListConsumerGroupOffsets_new,                               \
      (const char *group, const rd_kafka_topic_partition_list_t *partitions), (group, partitions))                \
    F(void, rd_kafka_ListConsumerGroupOffsets_destroy, (rd_kafka_ListConsumerGroupOffsets_t * question),          \
      (question))                                                                                                 \
    F(void, rd_kafka_ListConsumerGroupOffsets,                                                                    \
      (rd_kafka_t * client, rd_kafka_ListConsumerGroupOffsets_t **questions, size_t count,                        \
       const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue),                                          \
      (client, questions, count, options, queue))                                                                 \
    F(const rd_kafka_ListConsumerGroupOffsets_result_t *, rd_kafka_event_ListConsumerGroupOffsets_result,         \
      (rd_kafka_event_t * event), (event))                                                                        \
    F(const rd_kafka_group_result_t **, rd_kafka_ListConsumerGroupOffsets_result_groups,                          \
      (const rd_kafka_ListConsumerGroupOffsets_result_t *result, size_t *count), (result, count))                 \
    F(const rd_kafka_error_t *, rd_kafka_group_result_error, (const rd_kafka_group_result_t *result), (result))   \
    F(const rd_kafka_topic_partition_list_t *, rd_kafka_group_result_partitions,                                  \
      (const rd_kafka_group_result_t *result), (result))

#define SOMA_RDKAFKA_POINTER(result, name, parameters, arguments) result(*name) parameters;
static struct {
    SOMA_RDKAFKA_FUNCTIONS(SOMA_RDKAFKA_POINTER)
    rd_kafka_resp_err_t (*rd_kafka_producev)(rd_kafka_t *client, ...);
} library;

// Under their own names, so that callers are written as everywhere; hidden, so that librdkafka's own calls go to
// itself.
#define SOMA_RDKAFKA_FORWARD(result, name, parameters, arguments)                                                 \
    __attribute__((visibility("hidden"))) result name parameters { return library.name arguments; }
SOMA_RDKAFKA_FUNCTIONS(SOMA_RDKAFKA_FORWARD)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256];

static void *find(void *handle, const char *name) {
    void *found = dlsym(handle, name);
    if (!found && !failure[0]) snprintf(failure, sizeof(failure), "librdkafka is too old: it has no %s", name);
    return found;
}

static void load(void) {
#ifdef __APPLE__
    void *handle = dlopen("librdkafka.1.dylib", RTLD_LAZY | RTLD_LOCAL);
#else
    void *handle = dlopen("librdkafka.so.1", RTLD_LAZY | RTLD_LOCAL);
#endif
    if (!handle) {
        const char *reason = dlerror();
        snprintf(failure, sizeof(failure), "%s", reason ? reason : "librdkafka isn't there");
        return;
    }
#define SOMA_RDKAFKA_FIND(result, name, parameters, arguments) library.name = find(handle, #name);
    SOMA_RDKAFKA_FUNCTIONS(SOMA_RDKAFKA_FIND)
    library.rd_kafka_producev = find(handle, "rd_kafka_producev");
}

int soma_rdkafka_load(void) {
    pthread_once(&once, load);
    return failure[0] ? -1 : 0;
}

const char *soma_rdkafka_load_failure(void) { return failure; }

rd_kafka_resp_err_t soma_rdkafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size,
    const void *value, size_t value_size, rd_kafka_headers_t *headers, uintptr_t tag) {
    if (!headers)
        return library.rd_kafka_producev(
            client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE((void *)value, value_size),
            RD_KAFKA_V_OPAQUE((void *)tag), RD_KAFKA_V_END);
    return library.rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE((void *)tag), RD_KAFKA_V_END);
}

static void wake(rd_kafka_t *client, void *sleeper) {
    (void)client;
    library.rd_kafka_queue_yield(sleeper);
}

void soma_rdkafka_wake(rd_kafka_queue_t *queue, rd_kafka_queue_t *sleeper) {
    library.rd_kafka_queue_cb_event_enable(queue, sleeper ? wake : NULL, sleeper);
}

// Brokers hold an answer back until there is a message, or `fetch.wait.max.ms` is over. One that doesn't is asked again
// as fast as the machine can, for nothing. So the thread that speaks with such a broker rests where the same few bytes came
// twice as quickly: the second time nothing came. librdkafka asks callbacks not to take long; this one takes no longer than
// the wait that was asked for, and what else the thread has to send is no more urgent.
enum { FETCH = 1, QUICK_MICROSECONDS = 1000, FEW_BYTES = 16384, REST_NANOSECONDS = 3000000 };

static rd_kafka_resp_err_t answered(
    rd_kafka_t *client, int socket, const char *broker, int32_t number, int16_t kind, int16_t version,
    int32_t correlation, size_t size, int64_t microseconds, rd_kafka_resp_err_t code, void *context) {
    (void)client, (void)socket, (void)broker, (void)number, (void)version, (void)correlation, (void)context;
    // Each client has a thread for each of its brokers.
    static _Thread_local size_t last;
    if (kind != FETCH || code) return RD_KAFKA_RESP_ERR_NO_ERROR;
    size_t before = last;
    last = size;
    if (size == before && size <= FEW_BYTES && microseconds < QUICK_MICROSECONDS)
        nanosleep(&(struct timespec){.tv_nsec = REST_NANOSECONDS}, NULL);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
made(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *context, char *text, size_t size) {
    (void)conf, (void)context, (void)text, (void)size;
    return library.rd_kafka_interceptor_add_on_response_received(client, "soma", answered, NULL);
}

rd_kafka_resp_err_t soma_rdkafka_rest(rd_kafka_conf_t *conf) {
    return library.rd_kafka_conf_interceptor_add_on_new(conf, "soma", made, NULL);
}
