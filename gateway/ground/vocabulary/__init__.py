"""The one vocabulary of masks: what each mask takes, what leaves, and what is learnt of the value.

 tells     what somebody who reads a masked value learns: the facts, and the sorts of fact that most masks share
 records   the shape of a record and of a parameter
 masks     the records themselves, and the look-up of a field's record
 checks    what is wrong with a field's kind, parameters and codes
Rules: nothing about a mask stands anywhere else, except how it is made (the masking room) and the form that the leak
guard demands, which keeps a table of its own. A name that is not here is refused, never "nothing to say".
"""
