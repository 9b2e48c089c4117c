package main

// A store maps keys to values. Which one it is, is chosen by a tag as it is built:
// a type of its own and no interface, so that none pays for there being others. A
// value must not be changed once it is in: readers write it to their connections
// without a copy. keys may count a moment that never was, if others write meanwhile.
