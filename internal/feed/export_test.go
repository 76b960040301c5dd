package feed

// Pause waits, or returns false when ctx has ended.
var Pause = pause
