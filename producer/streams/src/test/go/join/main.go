// SPDX-License-Identifier: GPL-2.0-or-later

// Join reads a topic of process signals up to given offsets, joins every death by a signal to the signal that caused
// it, and prints one line of tab-separated fields for each.
//
//	join BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...
//
// Client: confluent-kafka-go, since the sarama that Debian 12 packages asks for batches in a form (Fetch version 4) in
// which brokers do not hand out zstd.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/kafka"
	"github.com/linkedin/goavro"
)

const namespace = "io.processsignals.events."

// window is the time, in microseconds, that may lie between a signal and the death by it.
const window = 300_000_000

// process is what identifies a process: never a bare pid.
type process struct {
	node, bootID    string
	tgid, startTime int64
}

// identity is what identifies an event: the same one again is a duplicate.
type identity struct {
	node, bootID  string
	captureID     int64
	hook          string
	cpu, sequence int64
}

// signal is a fatal signal that may be the cause of a death.
type signal struct {
	number, bootTime, senderTgid, senderStartTime int64
}

// registry fetches the schemas with which records were written, each once.
type registry struct {
	url    string
	codecs map[uint32]*goavro.Codec
}

func (r *registry) codec(id uint32) (*goavro.Codec, error) {
	if codec := r.codecs[id]; codec != nil {
		return codec, nil
	}
	response, err := http.Get(fmt.Sprintf("%s/schemas/ids/%d", r.url, id))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct{ Schema string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	codec, err := goavro.NewCodec(answer.Schema)
	if err == nil {
		r.codecs[id] = codec
	}
	return codec, err
}

// decode takes the five bytes of prefix off a record's value and reads the rest.
func (r *registry) decode(value []byte) (map[string]interface{}, error) {
	if len(value) < 5 || value[0] != 0 {
		return nil, fmt.Errorf("no schema id in front")
	}
	codec, err := r.codec(binary.BigEndian.Uint32(value[1:]))
	if err != nil {
		return nil, err
	}
	native, _, err := codec.NativeFromBinary(value[5:])
	if err != nil {
		return nil, err
	}
	return native.(map[string]interface{}), nil
}

// joiner keeps the signals of the last minutes, by process.
type joiner struct {
	seen    map[identity]bool
	signals map[process][]signal
}

func (j *joiner) add(event map[string]interface{}) {
	id := identity{text(event["node"]), text(event["bootId"]), whole(event["captureId"]), text(event["hook"]),
		whole(event["cpu"]), whole(event["sequence"])}
	if j.seen[id] {
		return
	}
	j.seen[id] = true
	about := process{id.node, id.bootID, whole(event["tgid"]), whole(event["startTime"])}
	bootTime := whole(event["bootTime"])
	switch text(event["eventType"]) {
	case "SIGNAL_SENT":
		info := group(event["signalInfo"], "SignalInfo")
		if info != nil && info["fatal"].(bool) {
			sender := group(event["sender"], "ProcessReference")
			j.signals[about] = append(j.signals[about],
				signal{whole(info["signal"]), bootTime, whole(sender["tgid"]), whole(sender["startTime"])})
		}
	case "PROCESS_EXIT":
		number := optional(group(event["exitInfo"], "ExitInfo")["signal"])
		for _, s := range j.signals[about] {
			if number != 0 && s.number == number && s.bootTime <= bootTime && bootTime-s.bootTime <= window {
				fmt.Printf("%s\t%s\t%d\t%d\t%d\t%d\t%d\n", about.node, about.bootID, about.tgid, about.startTime,
					number, s.senderTgid, s.senderStartTime)
				break
			}
		}
		delete(j.signals, about)
	}
}

// group is an optional record: nil, or a map under its full type name.
func group(union interface{}, name string) map[string]interface{} {
	if wrapped, ok := union.(map[string]interface{}); ok {
		if record, ok := wrapped[namespace+name].(map[string]interface{}); ok {
			return record
		}
	}
	return nil
}

// optional is an optional number: 0 if absent.
func optional(union interface{}) int64 {
	if wrapped, ok := union.(map[string]interface{}); ok {
		for _, value := range wrapped {
			return whole(value)
		}
	}
	return 0
}

func whole(value interface{}) int64 {
	switch number := value.(type) {
	case int32:
		return int64(number)
	case int64:
		return number
	}
	return 0
}

func text(value interface{}) string {
	if s, ok := value.(string); ok {
		return s
	}
	return ""
}

func run(bootstrap, registryURL, topic string, ends []string) error {
	consumer, err := kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers":    bootstrap,
		"group.id":             "process-signals-join-go", // unused: partitions are assigned, nothing is committed
		"enable.auto.commit":   false,
		"enable.partition.eof": false,
	})
	if err != nil {
		return err
	}
	defer consumer.Close()
	open := map[int32]int64{}
	var partitions []kafka.TopicPartition
	for _, text := range ends {
		fields := strings.SplitN(text, ":", 2)
		partition, _ := strconv.Atoi(fields[0])
		end, _ := strconv.ParseInt(fields[1], 10, 64)
		if end > 0 {
			open[int32(partition)] = end
			partitions = append(partitions, kafka.TopicPartition{
				Topic: &topic, Partition: int32(partition), Offset: kafka.OffsetBeginning})
		}
	}
	if err := consumer.Assign(partitions); err != nil {
		return err
	}
	schemas := registry{registryURL, map[uint32]*goavro.Codec{}}
	join := joiner{map[identity]bool{}, map[process][]signal{}}
	deadline := time.Now().Add(2 * time.Minute)
	for len(open) > 0 {
		if time.Now().After(deadline) {
			return fmt.Errorf("not read in time: %v", open)
		}
		switch message := consumer.Poll(100).(type) {
		case *kafka.Message:
			at := message.TopicPartition
			if end, ok := open[at.Partition]; ok && int64(at.Offset) < end {
				event, err := schemas.decode(message.Value)
				if err != nil {
					return fmt.Errorf("%v: %v", at, err)
				}
				join.add(event)
				if int64(at.Offset) == end-1 {
					delete(open, at.Partition)
				}
			}
		case kafka.Error:
			fmt.Fprintln(os.Stderr, message)
		}
	}
	return nil
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "Usage: join BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
