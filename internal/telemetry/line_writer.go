package telemetry

import (
	"io"
	"sync"
	"time"
)

// lineWriter writes whole lines, and lends buffers to make them in. With a delay
// they wait for each other and go out together: a system call for each line
// would take as much time as all else that is done for it.
type lineWriter struct {
	w     io.Writer
	delay time.Duration // 0: each line is written at once

	mu      sync.Mutex
	waiting []byte
	timer   *time.Timer

	buffers sync.Pool
}

// maxWaiting bytes of lines wait no longer.
const maxWaiting = 32 << 10

// Write implements io.Writer. With a delay, the failure to write a line is
// that of the last one that waited with it.
func (l *lineWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.delay == 0 {
		return l.w.Write(line)
	}
	if len(l.waiting) == 0 {
		l.start()
	}
	l.waiting = append(l.waiting, line...)
	if len(l.waiting) >= maxWaiting {
		return len(line), l.flush()
	}
	return len(line), nil
}

// start has the lines written after the delay.
func (l *lineWriter) start() {
	if l.timer == nil {
		l.timer = time.AfterFunc(l.delay, func() {
			_ = l.Flush() // as slog does: nobody is there to be told
		})
		return
	}
	l.timer.Reset(l.delay)
}

// Flush writes the lines that wait.
func (l *lineWriter) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flush()
}

func (l *lineWriter) flush() error {
	if len(l.waiting) == 0 {
		return nil
	}
	l.timer.Stop()
	_, err := l.w.Write(l.waiting)
	l.waiting = l.waiting[:0]
	return err
}

func (l *lineWriter) lend() *[]byte {
	if buffer, ok := l.buffers.Get().(*[]byte); ok {
		return buffer
	}
	buffer := make([]byte, 0, 1<<10)
	return &buffer
}

// maxKept is the largest buffer, in bytes, that is kept for another line.
const maxKept = 16 << 10

func (l *lineWriter) takeBack(buffer *[]byte) {
	if cap(*buffer) <= maxKept {
		l.buffers.Put(buffer)
	}
}
