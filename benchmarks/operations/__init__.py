"""Operations on little: one row, one step, where what surrounds the arithmetic costs the most."""
