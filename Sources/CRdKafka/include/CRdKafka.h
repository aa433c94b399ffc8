// librdkafka, loaded when it is first needed, and what Swift cannot call in it: variadic functions.
//
// A program that asks nothing of Kafka never loads the library and the TLS, Kerberos and compression libraries that it
// brings along.
#ifndef SOMA_CRDKAFKA_H
#define SOMA_CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

// Loads librdkafka; 0 where that worked. Every other function here may only be called afterwards. Any thread may call
// it; who comes while it loads waits.
int soma_rdkafka_load(void);

// Why it couldn't be loaded; empty where it could.
const char *soma_rdkafka_load_failure(void);

// Queues a copy of a message. `headers` may be null, and belong to librdkafka once this has returned no error; `tag` is
// given back with the delivery report. `key` and `value` are null for no key and no value.
rd_kafka_resp_err_t soma_rdkafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size,
    const void *value, size_t value_size, rd_kafka_headers_t *headers, uintptr_t tag);

// Ends the wait of whoever polls `sleeper` each time that something comes into `queue`, which was empty; both must outlive
// this, or `sleeper` be null to stop it.
void soma_rdkafka_wake(rd_kafka_queue_t *queue, rd_kafka_queue_t *sleeper);

// Lets consumers that are made of these settings rest between fetches that bring nothing, where the broker answers them at
// once.
rd_kafka_resp_err_t soma_rdkafka_rest(rd_kafka_conf_t *conf);

#endif
