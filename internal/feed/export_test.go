package feed

// Pause waits for d, or returns false if ctx ends first.
var Pause = pause
