package load

import "math"

// queue is a step as queueing sees it: requests that come at random, over so many
// connections.
type queue struct {
	inside  float64 // requests in the system at a time, by Little's law: rate × mean latency
	busy    float64 // share of the connections that is busy: rate × mean service / connections
	service float64 // ms: mean, of a request that waits for no connection
	waited  float64 // ms: mean, for a connection
	formula float64 // ms: what the wait would be, were connections all there is to wait for
}

// queueing counts with what was answered, not with what was asked for.
func queueing(s step) queue {
	services := make([]float64, len(s.latencies))
	for i := range services {
		services[i] = s.latencies[i] - s.waits[i]
	}
	perMS := s.answered / 1e3
	q := queue{service: mean(services), waited: mean(s.waits)}
	q.inside, q.busy = perMS*mean(s.latencies), perMS*q.service/float64(s.clients)
	q.formula = wait(perMS, services, s.clients)
	return q
}

// wait is the mean wait in a queue of Poisson arrivals before so many servers:
// that of M/M/c (A. K. Erlang, 1917), times half of one plus the squared
// coefficient of variation of the service (A. O. Allen and J. A. Cunneen's
// approximation of M/G/c; for one server it is Pollaczek's and Khinchine's formula).
// It is infinite where more comes than is served.
func wait(rate float64, services []float64, servers int) float64 {
	service := mean(services)
	offered := rate * service
	if offered >= float64(servers) {
		return math.Inf(1)
	}
	variance := 0.0
	for _, s := range services {
		variance += (s - service) * (s - service) / float64(len(services))
	}
	return erlangC(servers, offered) * service / (float64(servers) - offered) * (1 + variance/(service*service)) / 2
}

// erlangC is the chance that all of so many servers are busy, by the recursion of
// Erlang's B.
func erlangC(servers int, offered float64) float64 {
	blocked := 1.0
	for n := 1; n <= servers; n++ {
		blocked = offered * blocked / (float64(n) + offered*blocked)
	}
	usage := offered / float64(servers)
	return blocked / (1 - usage + usage*blocked)
}

func mean(samples []float64) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += v
	}
	return sum / float64(len(samples))
}
