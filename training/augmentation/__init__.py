"""What augmentation is worth: the matrix of the room `augmentation`, measured by `matrix` and put together by `board`."""
