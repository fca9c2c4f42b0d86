q1 0 A 2
q1 0 B -1
q1 0 C 0
