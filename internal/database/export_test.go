package database

// Parts that tests reach from outside, for their databases come from dbtest,
// which imports this package.
var MigrateFiles = (*Database).migrate
