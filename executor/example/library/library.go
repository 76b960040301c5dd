// Package library has the models and the data of the example.
package library

// Book is a book on the shelf.
type Book struct {
	Title    string
	AuthorID int
}

// Author is a writer of books.
type Author struct {
	ID   int
	Name string
}

// Shelf has all the books.
var Shelf = []*Book{
	{Title: "Frankenstein", AuthorID: 1},
	{Title: "The Last Man", AuthorID: 1},
	{Title: "Middlemarch", AuthorID: 2},
}

// Authors by id.
var Authors = map[int]*Author{
	1: {ID: 1, Name: "Mary Shelley"},
	2: {ID: 2, Name: "George Eliot"},
}
