package crosswalk

// Flags of verdicts and proposals: why a person should look.
const (
	FlagSourceQuote   = "source quote not found" // it was given, and is not in the text
	FlagTargetQuote   = "target quote not found"
	FlagNoQuote       = "no quote"                // none was given on a side, or too short a one
	FlagDemoted       = "demoted"                 // a strong relation became a weaker one
	FlagLeftOver      = "left over"               // by the model's own account one side asks for more than its relation allows
	FlagDirections    = "directions disagree"     // asked from the other side, the model said something else
	FlagUnconfirmed   = "not confirmed"           // asked from the other side, it gave no usable answer
	FlagVotes         = "votes differ"            // of several answers
	FlagTwice         = "judged twice"            // of two judgements in one answer the less probable stands
	FlagContradiction = "contradiction"           // no relationship, yet said to be probable
	FlagCannotTell    = "cannot tell"             // so the model says
	FlagStrange       = "reads like instructions" // the text of a side, or it holds what nobody sees
)
