package embedded

import "sync"

// memory lends out what each search works in. The zero memory is ready.
type memory struct {
	scores sync.Pool // *[]float32: a score for each row that is looked at
	ranks  sync.Pool // *rankMemory
	choice sync.Pool // *choiceMemory
}

// borrowScores returns n scores, not cleared.
func (m *memory) borrowScores(n int) []float32 {
	if kept, ok := m.scores.Get().(*[]float32); ok && cap(*kept) >= n {
		return (*kept)[:n]
	}
	return make([]float32, n)
}

func (m *memory) returnScores(scores []float32) { m.scores.Put(&scores) }

func (m *memory) borrowRanks() *rankMemory {
	if kept, ok := m.ranks.Get().(*rankMemory); ok {
		return kept
	}
	return &rankMemory{}
}

func (m *memory) returnRanks(ranks *rankMemory) { m.ranks.Put(ranks) }

func (m *memory) borrowChoice() *choiceMemory {
	if kept, ok := m.choice.Get().(*choiceMemory); ok {
		return kept
	}
	return &choiceMemory{}
}

func (m *memory) returnChoice(choice *choiceMemory) { m.choice.Put(choice) }
