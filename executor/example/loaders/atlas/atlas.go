// Package atlas has the models and the data of the example.
package atlas

import "strconv"

// Shop is in a city.
type Shop struct {
	Name   string
	CityID int
}

// City is in a country.
type City struct {
	ID, CountryID int
	Name          string
}

// Country has a currency.
type Country struct {
	ID, CurrencyID int
	Name           string
}

// Currency is what people pay with in a country.
type Currency struct {
	ID   int
	Code string
}

// Shops returns n shops, spread over 40 cities in turn.
func Shops(n int) []*Shop {
	shops := make([]*Shop, n)
	for i := range shops {
		shops[i] = &Shop{"Shop " + strconv.Itoa(i), i % 40}
	}
	return shops
}

// CityByID makes up a city.
func CityByID(id int) *City { return &City{id, id % 10, "City " + strconv.Itoa(id)} }

// CountryByID makes up a country.
func CountryByID(id int) *Country { return &Country{id, id % 4, "Country " + strconv.Itoa(id)} }

// CurrencyByID makes up a currency.
func CurrencyByID(id int) *Currency { return &Currency{id, "C" + strconv.Itoa(id)} }
