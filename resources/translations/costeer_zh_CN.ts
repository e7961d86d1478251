<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>{keys} is needed for writing; choose other keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{keys} alone would be in the way of writing; add {control} or {alternate}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{keys} is already used for “{title}”; choose others, or take them from it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text} ({keys})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You and your clouds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Application</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed by steering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round trips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leak bits, at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} ({percent} %)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{money} {currency}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{money}, of which {extra} for steering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} token sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} tokens sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing: no cloud was asked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no prices entered ({sent}, {written})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open this address in your browser?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steering on or off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show which words steering changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More about how answers are written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit the strength to my own writing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} freed; a copy is made again when it is next needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversation was deleted for good.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversations were deleted for good.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written to {file}: {count}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} entry</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record is not intact: entry {number} was changed, removed or moved; compare it with an export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record is intact: {count} entry.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record is intact: {count} entries, each in its place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… and {count} more characters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}: nothing was sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}: {requests}, {up} sent, {down} received, {tokens} told, {bits} leak bits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sending</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for the cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Receiving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud: {activity}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is being exchanged with the cloud right now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}
Show what left this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private: stays on this computer, steers the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public: is sent with the question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} character</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} characters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} · {scope}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}. {scope}. Show the text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}, {length}
{scope}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud wanted {cloud}, steering wrote {chosen}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moved by {signals} (nats)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(end of the answer)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>your profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the local model&apos;s own words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>below 0.1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CoSteer made a mistake of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} Try again; if it happens again, report it with the log file {file}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud is reading the prompt…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud is writing a draft…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing on this computer…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steered word by word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steered word by word, from few alternatives</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cannot continue an answer: its drafts are rewritten on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tells no alternatives to its words: its drafts are rewritten on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not tested yet; it is when it first answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{tokens}, rewritten here from the cloud&apos;s draft</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{tokens}, written on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{tokens}, {steered} steered, {bits} leak bits</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AnswerWidget</name>
    <message>
        <source>Answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not finished</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interrupted when the application ended</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AppearancePage</name>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours and text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light, dark, or whatever the system uses at the time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of everything in the window, compared with the size that the system sets.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Font for code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For code in answers and for what was sent, word for word.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language and window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the window, not of the answers. Takes effect when the application is next started.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing the window then hides it: an answer is written to its end, and the icon in the tray brings the window back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This system shows no tray, so closing the window ends the application.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AttachmentList</name>
    <message>
        <source>Files for the next question</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AttachmentRow</name>
    <message>
        <source>Show the text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stays on this computer, steers the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is sent with the question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the text of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {scope}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BranchArrows</name>
    <message>
        <source>Previous version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{index} / {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {index} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatJoin</name>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New temporary conversation, kept nowhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is still being read; wait for it, or remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is still being written; stop it, or wait for its end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is still being written; stop it with {keys}, or wait for its end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An answer is still being written in “{title}”; stop it there, or wait for its end.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClosingJoin</name>
    <message>
        <source>Show or hide the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is written to its end; the window is brought back here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An answer is still being written. Close all the same?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is written so far is kept, and you can continue the answer later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on in the tray</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CloudForm</name>
    <message>
        <source>What you call it; its host, if left empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>host:8080, https://host/v1 or a full path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first that it lists, if left empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models that fit what is typed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Testing what it allows…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking for its models…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save and use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add and use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lists {count} model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lists {count} models; choose one, or type its name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lists no models; type the name of one if it has several.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It usually needs none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You get one at {place}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It goes to the keychain “{name}” and is not shown again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer offers no keychain: it goes to a file, sealed by a passphrase that you choose, and is not shown again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection is not encrypted: whoever is on the way can read along.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it empty to keep the one there is, unless the address changes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks it a few short questions, none of them about you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The test is under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models that it lists</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prices</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CloudListModel</name>
    <message>
        <source>in use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Built in; needs no account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{address}, {model}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CloudListPage</name>
    <message>
        <source>Clouds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About the chosen cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{words}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of these answers. It reads the conversation and the words of its answers, never your profile.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CloudResult</name>
    <message>
        <source>Result of the test</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CloudsDialog</name>
    <message>
        <source>Clouds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove “{name}”?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its address and its key are forgotten. Your conversations and the record of what was sent to it stay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command or conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A command or a conversation…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands and conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing fits; try fewer letters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} fits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} fit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareDialog</name>
    <message>
        <source>Compare answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strength of the other answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write with this strength</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareJoin</name>
    <message>
        <source>Compare the answer with one of another strength…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask something…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop files here: they stay on this computer unless you say else</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConversationListModel</name>
    <message>
        <source>{title} (copy)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}, {when}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConversationsJoin</name>
    <message>
        <source>Rename the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin or unpin the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the conversation to a folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move to a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder there is, or the name of a new one. Empty: out of its folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{title}” was deleted. It stays in the bin for 30 days.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{title}” was deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the {language} code</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DayChart</name>
    <message>
        <source>Days of the month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DayTableModel</name>
    <message>
        <source>Day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>–</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DocumentDialog</name>
    <message>
        <source>The text of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… and {count} more characters</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DocumentsJoin</name>
    <message>
        <source>Add files to the question…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files to the question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text, Markdown and PDF files (*.txt *.md *.markdown *.pdf)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Ask something.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud sees your messages and the words of the answers. Your profile stays on this computer; what an answer gives away is listed on the right.

A small model on this computer knows your profile and steers the answer towards you. Write a few facts about yourself with the profile button, then ask.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndpointsPage</name>
    <message>
        <source>Endpoints</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud that answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clouds of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where keys are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}. {words}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{many}. Each is tested for how far it can be steered; its address is contacted then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None yet: a server of your own, or an account somewhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the keychain “{name}”; never in a file of settings, a log or an export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sealed by your passphrase in {name}, as this computer offers no keychain.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExchangeView</name>
    <message>
        <source>Part of the request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The request in full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The response is still arriving.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FiguresPanel</name>
    <message>
        <source>Figures of this answer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FirstRunGuide</name>
    <message>
        <source>Welcome to CoSteer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What could I do with a free afternoon this week?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The demo cloud on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A cloud of my own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}, as before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{step} of {steps}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your profile and memories
Notes, facts, how you like to be answered
What you mark as private
The small model that knows all this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your messages, with what you add as public
The words of the answers, which give a little away of what they were steered by
Nothing else, and only to the cloud that you choose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What leaves this computer, and what does not</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A strong cloud writes the answers. A small model on this computer knows you and steers them word by word; it tells the cloud nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stays here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Is sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whatever is sent is listed at the right of the window, word for word, while it happens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What do you do, and where do you live?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I teach biology in Leeds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How do you like to be answered?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Briefly, with an example.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What are you working on, or looking forward to?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A vegetable garden behind the house.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For example: {example}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three questions about you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave empty what you like. The answers become entries of your profile and stay here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your first question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs no account and no network; a small model, so do not expect too much of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server of yours, or an account somewhere. You enter its address and key next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who answers?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The words that steering changes are marked; rest on one to see what the cloud wanted.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FirstRunJoin</name>
    <message>
        <source>Show the guide of the first start</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FitDialog</name>
    <message>
        <source>Fit to me</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read my own messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only what you wrote, never the answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts that you wrote: .txt or .md</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the files out again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much has been read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts that you wrote</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts ({patterns})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{tokens} tokens of yours, in bits per token: the cloud alone {cloud}, the default {default}, fitted {fitted} (on what it was not fitted on).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cloud was played by {model} on this computer; nothing was sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{model} stood in for the cloud, as {reason}; so this says little about a stronger cloud.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mark You on the slider goes there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compares strengths by how likely each makes what you wrote, and puts the mark You on the slider if one is clearly better than the default. It takes a few minutes, on this computer; nothing is sent.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temporary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept nowhere: it is gone when the application is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What leaves this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temporary conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answered by {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{words}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} answers: choose or add clouds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tier {tier}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Preview a report…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show what leaves this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile and memories…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clouds…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessageFrame</name>
    <message>
        <source>More about this message</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessagesJoin</name>
    <message>
        <source>Regenerate the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show what the answer took</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the question and send it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the message as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the answer as plain text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the message before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the message after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous version of the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next version of the message</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model that steers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is shown your profile and runs on this computer only. Used from the next answer on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A .gguf file anywhere on this computer; the best are small ones that follow instructions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model of the demo cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the built-in cloud on this computer answers with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An answer that gets longer is cut there and can be continued.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep fast copies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model is converted once into the types that this computer reads fastest. Takes disk space.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove copies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copies can be removed at any time: they are made again when they are needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came with the set-up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fast copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {size}, {kind}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MoreOptions</name>
    <message>
        <source>Temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the cloud draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask ahead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit to me…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget the mark You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much your profile counts here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the local model&apos;s own words count here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Always so</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steer new conversations like this one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As usual</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steer this conversation as usual</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0 always takes the likeliest word; higher values vary more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Above temperature 0 the cloud picks the words and this computer accepts or refuses them: faster, but the cloud also sees which of its words were refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks the cloud for its second choices beforehand: less waiting for a distant cloud, for up to one more cloud token per token of the answer. The demo cloud gets slower by it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finds the strength that suits your own writing, on this computer; nothing is sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes the mark You off the slider.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In this conversation: 1 as strong as the slider says, 0 not at all, 2 twice as strong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In this conversation: how far words may come in that only the local model thought of; 1 as usual, 0 none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was chosen for this conversation becomes usual for new ones.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forgets what was chosen for this conversation alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your profile ×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own words ×</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Notice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What can be done about it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PaletteJoin</name>
    <message>
        <source>Commands and conversations…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keys of your clouds are sealed by your passphrase. It is asked for once in each session.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer offers no keychain. Choose a passphrase to seal the keys of your clouds with. It is kept nowhere: without it, the keys have to be entered anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seal with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PriceFields</name>
    <message>
        <source>Price of a million tokens of prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for prompts,</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Price of a million tokens of answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for answers, in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Currency of the prices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter both prices, or neither; 0 is for what costs nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter the currency of the prices, such as {currency}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For a million tokens each. Where they are not known, only tokens are counted.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>Privacy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record of what was sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Is the record intact?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything that leaves this computer is written down before it is sent; each entry holds a mark of the one before, so that a change would be found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All entries as one JSON file, word for word. Whoever gets it can read what you have sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is never sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preview a report…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error reports</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off: nothing is ever reported by itself. You can look at a report and pass it on yourself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usage figures and updates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are none: no figures are collected, and no server is asked for updates.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PrivacyPanel</name>
    <message>
        <source>What is being exchanged with the cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private words the answer gave away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests of this answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has been sent for this answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What left this computer, day by day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the cloud knows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every string that was ever sent, to be searched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is being exchanged with the cloud right now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Since the start: {requests}, {up} sent, {down} received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round trips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leak bits of the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What left this computer for this answer, as bytes on the wire</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the cloud sent back for this answer, as bytes on the wire</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pieces of the answer&apos;s text that the cloud was told, because it must go on behind them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often the cloud was asked anew: at first, and after every changed word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the cloud could learn about your profile from the answer, at most, in bits: the words that steering moved tell it something</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The leak bits of all its answers, those on other branches included</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every message to the cloud, those included that only count tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests of this answer (the newest {listed} of {total})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProfileEditor</name>
    <message>
        <source>Profile and memories</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind of entry</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the small model on this computer is shown this, and only what is ticked. The cloud is not shown it; it sees the words of the answers, and what these give away is listed in the main window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let my earlier messages steer, too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you wrote in other conversations may then colour answers; the cloud sees those answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Facts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something true about you, such as where you live or what you do.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Style</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How you like to write or be answered: short, warm, with examples.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Anything else worth knowing, such as what you are working on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memories</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something to remember from earlier conversations.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProfileSectionModel</name>
    <message>
        <source>{text} (switched off)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuestionEditor</name>
    <message>
        <source>Your question, to be changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask this instead (Ctrl+Enter); the first version stays reachable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the question as it is (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuestionWidget</name>
    <message>
        <source>You said</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Question {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordsDialog</name>
    <message>
        <source>What left this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day by day</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordsJoin</name>
    <message>
        <source>What left this computer, day by day</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Report a problem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What did you do, what did you expect, and what happened instead?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report in full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied. Paste it where you report the problem.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing of this is sent. Read it, cut out what you do not want to tell, then copy or save it and pass it on yourself. Lines with private texts and the names of files, hosts and yours were taken out.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReportJoin</name>
    <message>
        <source>Report a problem…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where to save the report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved in {file}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequestListModel</name>
    <message>
        <source>{number}. {time}  {name}  ↑{up} ↓{down}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request {number} at {time} to {name}: {up} sent, {down} received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchJoin</name>
    <message>
        <source>Search in all conversations</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchModel</name>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}, {when}: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SectionPage</name>
    <message>
        <source>Nothing here yet; write below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text of the entry</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write something first</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SectionsModel</name>
    <message>
        <source>{title}, {count}, folded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}, {count}, unfolded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temporary, kept nowhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Older</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Reset: {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No setting holds these words; try fewer.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsJoin</name>
    <message>
        <source>Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text in its usual size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models ({patterns})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where to write the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete everything that CoSteer keeps on this computer?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All conversations, your profile and memories, the keys of your clouds, settings, models you added and the record of what was sent are removed for good. The application ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be undone. Delete all of it now?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete everything</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutsPage</name>
    <message>
        <source>Shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click a field and press the keys you want; the cross leaves the command without keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys for: {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search in all conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your conversations will be listed here, the newest first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile and memories</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What steering knows about you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SteeringBar</name>
    <message>
        <source>Steering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steer answers towards my profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off: the answer is the cloud&apos;s own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show steering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show which words steering changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Orange: changed by steering, the stronger the further.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{meaning} Hover a word for the cloud&apos;s choice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More about how answers are written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature, drawing, asking ahead, and the strength that fits you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For this conversation alone</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StoragePage</name>
    <message>
        <source>Storage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where your data lies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much there is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty the bin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deleted conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete everything…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations, profile, memories, keys, settings, models you added, the record of what was sent: all of it, for good. What clouds have received they keep.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{total} in all
Conversations and profile: {conversations}
Models you added: {models}
Copies of models and other things that can be made again: {cache}
Logs: {logs}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversation in the bin.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversations in the bin.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{many} What has been there for {days} days is deleted for good.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The bin is empty.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StrengthSlider</name>
    <message>
        <source>Steering strength</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CoSteer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: strength {value}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TextView</name>
    <message>
        <source>… and {count} more characters</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TimelinePage</name>
    <message>
        <source>The month before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The month after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the bars show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests of the day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a request to read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Days of the month in figures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All clouds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All purposes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The newest {count} are listed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Laying out the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counting tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Testing a cloud</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TransferJoin</name>
    <message>
        <source>Import conversations…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export all conversations…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the conversation…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exports of ChatGPT, Open WebUI and CoSteer (*.zip *.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder for all conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export all conversations as Markdown, to be read, or as JSON, to be imported again?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSON</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} imported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} already there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} could not be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations: {parts}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped. {said}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{file}, {title}: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… and {count} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversation written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} conversations written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said} to {where}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WhereFrom</name>
    <message>
        <source>Start from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to start from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An address of your own (looking on this computer…)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An address of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: answers on this computer, wants a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: answers on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} on this computer ({address})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_CloudDelegate</name>
    <message>
        <source>in use</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Pane</name>
    <message>
        <source>Keep this one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not steered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>strength {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {kind}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
