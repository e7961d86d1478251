<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>{keys} is needed for writing; choose other keys.</source>
        <translation>{keys} 用于输入文字；请选择其他按键。</translation>
    </message>
    <message>
        <source>{keys} alone would be in the way of writing; add {control} or {alternate}.</source>
        <translation>单独使用 {keys} 会妨碍输入；请加上 {control} 或 {alternate}。</translation>
    </message>
    <message>
        <source>{keys} is already used for “{title}”; choose others, or take them from it first.</source>
        <translation>{keys} 已用于“{title}”；请选择其他按键，或先将其从该命令移除。</translation>
    </message>
    <message>
        <source>{text} ({keys})</source>
        <translation>{text} ({keys})</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Steering</source>
        <translation>引导</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>You and your clouds</source>
        <translation>你与云端模型</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Changed by steering</source>
        <translation>被引导改变</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation>每秒词元数</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Round trips</source>
        <translation>往返次数</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Leak bits, at most</source>
        <translation>泄露比特上限</translation>
    </message>
    <message>
        <source>How</source>
        <translation>方式</translation>
    </message>
    <message>
        <source>Written on this computer</source>
        <translation>在本机撰写</translation>
    </message>
    <message>
        <source>Written by</source>
        <translation>撰写者</translation>
    </message>
    <message>
        <source>you</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>{count} ({percent} %)</source>
        <translation>{count}（{percent}%）</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>未测量</translation>
    </message>
    <message>
        <source>{money} {currency}</source>
        <translation>{money} {currency}</translation>
    </message>
    <message>
        <source>{money}, of which {extra} for steering</source>
        <translation>{money}，其中引导占 {extra}</translation>
    </message>
    <message>
        <source>{count} token sent</source>
        <translation>发送 {count} 个词元</translation>
    </message>
    <message>
        <source>{count} tokens sent</source>
        <translation>发送 {count} 个词元</translation>
    </message>
    <message>
        <source>{count} written</source>
        <translation>写出 {count} 个</translation>
    </message>
    <message>
        <source>nothing: no cloud was asked</source>
        <translation>无：未询问云端</translation>
    </message>
    <message>
        <source>no prices entered ({sent}, {written})</source>
        <translation>未填写价格（{sent}，{written}）</translation>
    </message>
    <message>
        <source>Steering on or off</source>
        <translation>开启或关闭引导</translation>
    </message>
    <message>
        <source>Show which words steering changed</source>
        <translation>显示被引导改变的词语</translation>
    </message>
    <message>
        <source>More about how answers are written</source>
        <translation>更多撰写选项</translation>
    </message>
    <message>
        <source>Answer on this computer only</source>
        <translation>仅在本机回答</translation>
    </message>
    <message>
        <source>Fit the strength to my own writing…</source>
        <translation>按我的文字校准强度…</translation>
    </message>
    <message>
        <source>{size} freed; a copy is made again when it is next needed.</source>
        <translation>已释放 {size}；下次需要时会重新生成副本。</translation>
    </message>
    <message>
        <source>{count} conversation was deleted for good.</source>
        <translation>已永久删除 {count} 个对话。</translation>
    </message>
    <message>
        <source>{count} conversations were deleted for good.</source>
        <translation>已永久删除 {count} 个对话。</translation>
    </message>
    <message>
        <source>Written to {file}: {count}.</source>
        <translation>已写入 {file}：{count}。</translation>
    </message>
    <message>
        <source>{count} entry</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>{count} entries</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>The report is in {file}.</source>
        <translation>报告已保存到 {file}。</translation>
    </message>
    <message>
        <source>{count} entry was removed.</source>
        <translation>已移除 {count} 条记录。</translation>
    </message>
    <message>
        <source>{count} entries were removed.</source>
        <translation>已移除 {count} 条记录。</translation>
    </message>
    <message>
        <source>The words of {count} entry of the record were forgotten.</source>
        <translation>已清除账本中 {count} 条记录的内容。</translation>
    </message>
    <message>
        <source>The words of {count} entries of the record were forgotten.</source>
        <translation>已清除账本中 {count} 条记录的内容。</translation>
    </message>
    <message>
        <source>The record is not intact: entry {number} was changed, removed or moved; compare it with an export.</source>
        <translation>账本不完整：第 {number} 条记录曾被更改、移除或移动；请与导出的账本核对。</translation>
    </message>
    <message>
        <source>It has not been checked yet.</source>
        <translation>尚未检查过。</translation>
    </message>
    <message>
        <source>Checked {when}. {verdict}</source>
        <translation>检查时间：{when}。{verdict}</translation>
    </message>
    <message>
        <source>Checked {when}: intact, {entries}.</source>
        <translation>检查时间：{when}；账本完好，共 {entries}。</translation>
    </message>
    <message>
        <source>The record is intact: {count} entry.</source>
        <translation>账本完好：共 {count} 条记录。</translation>
    </message>
    <message>
        <source>The record is intact: {count} entries, each in its place.</source>
        <translation>账本完好：共 {count} 条记录，顺序无误。</translation>
    </message>
    <message>
        <source>{said} Of those removed earlier, some were not as they were written.</source>
        <translation>{said}先前移除的记录中，有些已不是原样。</translation>
    </message>
    <message>
        <source>… and {count} more characters</source>
        <translation>… 还有 {count} 个字符</translation>
    </message>
    <message>
        <source>Headers: {names}</source>
        <translation>标头：{names}</translation>
    </message>
    <message>
        <source>These words were forgotten: they are no longer on record.</source>
        <translation>这些内容已清除：账本中不再保留。</translation>
    </message>
    <message>
        <source>MMMM yyyy</source>
        <translation>yyyy年M月</translation>
    </message>
    <message>
        <source>{what}: nothing was sent.</source>
        <translation>{what}：未发送任何内容。</translation>
    </message>
    <message>
        <source>{what}: {requests}, {up} sent, {down} received, {tokens} told, {bits} leak bits.</source>
        <translation>{what}：{requests}，发送 {up}，接收 {down}，告知 {tokens}，泄露 {bits} 比特。</translation>
    </message>
    <message>
        <source>{count} request</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>{count} requests</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>{count} token</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>ddd d</source>
        <translation>d日 ddd</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>正在发送</translation>
    </message>
    <message>
        <source>Waiting for the cloud</source>
        <translation>正在等待云端</translation>
    </message>
    <message>
        <source>Receiving</source>
        <translation>正在接收</translation>
    </message>
    <message>
        <source>Local only</source>
        <translation>仅本机</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>The cloud: {activity}</source>
        <translation>云端：{activity}</translation>
    </message>
    <message>
        <source>Nothing is being exchanged with the cloud right now.</source>
        <translation>目前未与云端交换任何内容。</translation>
    </message>
    <message>
        <source>{said}
Show what left this computer</source>
        <translation>{said}
显示离开本机的内容</translation>
    </message>
    <message>
        <source>Private</source>
        <translation>私密</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开</translation>
    </message>
    <message>
        <source>Private: stays on this computer, steers the answer</source>
        <translation>私密：留在本机，用于引导回答</translation>
    </message>
    <message>
        <source>Public: is sent with the question</source>
        <translation>公开：随问题一起发送</translation>
    </message>
    <message>
        <source>{count} character</source>
        <translation>{count} 个字符</translation>
    </message>
    <message>
        <source>{count} characters</source>
        <translation>{count} 个字符</translation>
    </message>
    <message>
        <source>{name} · {scope}</source>
        <translation>{name} · {scope}</translation>
    </message>
    <message>
        <source>{name}. {scope}. Show the text</source>
        <translation>{name}。{scope}。显示文本</translation>
    </message>
    <message>
        <source>{name}, {length}
{scope}</source>
        <translation>{name}，{length}
{scope}</translation>
    </message>
    <message>
        <source>The cloud wanted {cloud}, steering wrote {chosen}.</source>
        <translation>云端原要写 {cloud}，引导后写为 {chosen}。</translation>
    </message>
    <message>
        <source>Moved by {signals} (nats)</source>
        <translation>推动因素：{signals}（nats）</translation>
    </message>
    <message>
        <source>(end of the answer)</source>
        <translation>（回答结束）</translation>
    </message>
    <message>
        <source>Fact</source>
        <translation>事实</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>风格</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>笔记</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>记忆</translation>
    </message>
    <message>
        <source>Private document</source>
        <translation>私有文档</translation>
    </message>
    <message>
        <source>An earlier message of yours</source>
        <translation>你之前的一条消息</translation>
    </message>
    <message>
        <source>your profile</source>
        <translation>个人资料</translation>
    </message>
    <message>
        <source>the local model&apos;s own words</source>
        <translation>本地模型自己的用词</translation>
    </message>
    <message>
        <source>{count} B</source>
        <translation>{count} B</translation>
    </message>
    <message>
        <source>Concise</source>
        <translation>简洁</translation>
    </message>
    <message>
        <source>Detailed</source>
        <translation>详尽</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专业</translation>
    </message>
    <message>
        <source>Plain</source>
        <translation>浅白</translation>
    </message>
    <message>
        <source>Creative</source>
        <translation>有创意</translation>
    </message>
    <message>
        <source>Uplifting</source>
        <translation>鼓舞人心</translation>
    </message>
    <message>
        <source>Humorous</source>
        <translation>幽默</translation>
    </message>
    <message>
        <source>Careful</source>
        <translation>谨慎</translation>
    </message>
    <message>
        <source>How much it counts: {name}</source>
        <translation>所占分量：{name}</translation>
    </message>
    <message>
        <source>Remove: {name}</source>
        <translation>移除：{name}</translation>
    </message>
    <message>
        <source>Nothing is steered by these yet: the local model has no adapter for them.</source>
        <translation>这些偏好尚未起作用：本地模型还没有相应的适配器。</translation>
    </message>
    <message>
        <source>Train one…</source>
        <translation>训练一个…</translation>
    </message>
    <message>
        <source>In your own words: in short sentences, with an example</source>
        <translation>用你自己的话：用短句，并举一个例子</translation>
    </message>
    <message>
        <source>A preference in your own words</source>
        <translation>用你自己的话写的偏好</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>All to 0</source>
        <translation>全部归零</translation>
    </message>
    <message>
        <source>Fit to what I chose</source>
        <translation>按我的选择校准</translation>
    </message>
    <message>
        <source>Reads the answers that you preferred, on this computer, and says what they tell.</source>
        <translation>在本机读取你更喜欢的回答，并说明它们表明了什么。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>How much has been read</source>
        <translation>读取进度</translation>
    </message>
    <message>
        <source>Set the sliders so</source>
        <translation>照此设置滑块</translation>
    </message>
    <message>
        <source>What answers are to be like. The local model reads the conversation under each and steers by what a trained adapter says of them; the cloud is not told.</source>
        <translation>你希望回答是怎样的。本地模型会按每项偏好各读一遍对话，并依据训练所得适配器的判断来引导；云端不会得知。</translation>
    </message>
    <message>
        <source>Only the {most} heaviest count, as each costs time.</source>
        <translation>只有分量最重的 {most} 项起作用，因为每项都耗费时间。</translation>
    </message>
    <message>
        <source>{name} {weight} ± {deviation}</source>
        <translation>{name} {weight} ± {deviation}</translation>
    </message>
    <message>
        <source>From {count} choices: {weights}. Below 0 you like the opposite.</source>
        <translation>根据 {count} 次选择：{weights}。小于 0 表示你喜欢相反的风格。</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>Demo cloud (this computer)</source>
        <translation>演示云（本机）</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>{bits} of {budget}</source>
        <translation>{bits} / {budget}</translation>
    </message>
    <message>
        <source>below 0.1 %</source>
        <translation>低于 0.1%</translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation>{number}%</translation>
    </message>
    <message>
        <source>about one minute left</source>
        <translation>大约还需一分钟</translation>
    </message>
    <message>
        <source>about {count} minutes left</source>
        <translation>大约还需 {count} 分钟</translation>
    </message>
    <message>
        <source>about one hour left</source>
        <translation>大约还需一小时</translation>
    </message>
    <message>
        <source>about {count} hours left</source>
        <translation>大约还需 {count} 小时</translation>
    </message>
    <message>
        <source>Beginning…</source>
        <translation>正在开始…</translation>
    </message>
    <message>
        <source>{what}; {left}</source>
        <translation>{what}；{left}</translation>
    </message>
    <message>
        <source>CoSteer made a mistake of its own.</source>
        <translation>CoSteer 自身出现了错误。</translation>
    </message>
    <message>
        <source>{what} Try again; if it happens again, report it with the log file {file}.</source>
        <translation>{what}请重试；如再次发生，请附上日志文件 {file} 报告此问题。</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>正在准备…</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>正在发送…</translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation>正在读取提示词…</translation>
    </message>
    <message>
        <source>The cloud is reading the prompt…</source>
        <translation>云端正在读取提示词…</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>正在撰写…</translation>
    </message>
    <message>
        <source>The cloud is writing a draft…</source>
        <translation>云端正在撰写草稿…</translation>
    </message>
    <message>
        <source>Writing on this computer…</source>
        <translation>正在本机撰写…</translation>
    </message>
    <message>
        <source>Steered word by word</source>
        <translation>逐词引导</translation>
    </message>
    <message>
        <source>Steered word by word, from few alternatives</source>
        <translation>逐词引导，候选词较少</translation>
    </message>
    <message>
        <source>Cannot continue an answer: its drafts are rewritten on this computer</source>
        <translation>无法续写回答：其草稿在本机改写</translation>
    </message>
    <message>
        <source>Tells no alternatives to its words: its drafts are rewritten on this computer</source>
        <translation>不提供候选词：其草稿在本机改写</translation>
    </message>
    <message>
        <source>Not tested yet; it is when it first answers</source>
        <translation>尚未测试；首次回答时测试</translation>
    </message>
    <message>
        <source>Written by you; the cloud is told it when you go on</source>
        <translation>由你撰写；继续对话时会发给云端</translation>
    </message>
    <message>
        <source>Written by you; the cloud is not told it</source>
        <translation>由你撰写；不会发给云端</translation>
    </message>
    <message>
        <source>{tokens}, rewritten here from the cloud&apos;s draft</source>
        <translation>{tokens}，由云端草稿在本机改写</translation>
    </message>
    <message>
        <source>{tokens}, written on this computer</source>
        <translation>{tokens}，在本机撰写</translation>
    </message>
    <message>
        <source>{tokens}, {steered} steered, {bits} leak bits</source>
        <translation>{tokens}，其中引导 {steered} 个，泄露 {bits} 比特</translation>
    </message>
    <message>
        <source>When you go on, the cloud is told this text as its answer.</source>
        <translation>继续对话时，这段文字会作为云端自己的回答发给它。</translation>
    </message>
    <message>
        <source>When you go on, the cloud is told its own draft, not this text.</source>
        <translation>继续对话时，云端收到的是它自己的草稿，而不是这段文字。</translation>
    </message>
    <message>
        <source>When you go on, the cloud is told nothing of this answer.</source>
        <translation>继续对话时，云端不会得知这个回答的任何内容。</translation>
    </message>
    <message>
        <source>your personal model</source>
        <translation>你的个人模型</translation>
    </message>
    <message>
        <source>the preference “{name}”</source>
        <translation>偏好“{name}”</translation>
    </message>
    <message>
        <source>in your own words</source>
        <translation>你自己的话</translation>
    </message>
    <message>
        <source>A name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>An address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>A code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>A private text</source>
        <translation>私密文本</translation>
    </message>
    <message>
        <source>A card number</source>
        <translation>银行卡号</translation>
    </message>
    <message>
        <source>A bank account</source>
        <translation>银行账户</translation>
    </message>
    <message>
        <source>A number of a person</source>
        <translation>个人证件号码</translation>
    </message>
    <message>
        <source>An address of a wallet</source>
        <translation>钱包地址</translation>
    </message>
    <message>
        <source>An e-mail address</source>
        <translation>电子邮件地址</translation>
    </message>
    <message>
        <source>A telephone number</source>
        <translation>电话号码</translation>
    </message>
    <message>
        <source>An address on the internet</source>
        <translation>互联网地址</translation>
    </message>
    <message>
        <source>What you let be told about you</source>
        <translation>你允许告知的个人信息</translation>
    </message>
    <message>
        <source>Your questions</source>
        <translation>你的问题</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>文档</translation>
    </message>
    <message>
        <source>Answers, as far as the cloud was told them</source>
        <translation>云端获知的回答部分</translation>
    </message>
    <message>
        <source>The cloud&apos;s own continuations, handed back to it</source>
        <translation>交还给云端的自身续写</translation>
    </message>
    <message>
        <source>What the template puts around messages</source>
        <translation>模板在消息前后添加的内容</translation>
    </message>
    <message>
        <source>Tests of the cloud</source>
        <translation>云端模型测试</translation>
    </message>
    <message>
        <source>Settings of requests</source>
        <translation>请求设置</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Never used</source>
        <translation>从不使用</translation>
    </message>
    <message>
        <source>Steers on this computer</source>
        <translation>在本机引导</translation>
    </message>
    <message>
        <source>May be sent</source>
        <translation>可发送</translation>
    </message>
    <message>
        <source>Neither model is shown it.</source>
        <translation>两个模型都看不到。</translation>
    </message>
    <message>
        <source>The small model on this computer is shown it. The cloud is not; it sees the answers&apos; words.</source>
        <translation>本机上的小模型能看到。云端看不到；它只能看到回答的文字。</translation>
    </message>
    <message>
        <source>The cloud is told it with every question.</source>
        <translation>每次提问都会告知云端。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>居住</translation>
    </message>
    <message>
        <source>Work</source>
        <translation>工作</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>家庭</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>健康</translation>
    </message>
    <message>
        <source>Interests</source>
        <translation>兴趣</translation>
    </message>
    <message>
        <source>Likes</source>
        <translation>喜欢</translation>
    </message>
    <message>
        <source>Dislikes</source>
        <translation>不喜欢</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>not named</source>
        <translation>未告知名称</translation>
    </message>
    <message>
        <source>not told</source>
        <translation>未告知</translation>
    </message>
    <message>
        <source>Model tested</source>
        <translation>测试的模型</translation>
    </message>
    <message>
        <source>Alternatives told at each word</source>
        <translation>每个词的候选词数</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Tells them while it writes</source>
        <translation>撰写时即提供候选词</translation>
    </message>
    <message>
        <source>Continues an answer</source>
        <translation>可续写回答</translation>
    </message>
    <message>
        <source>Tells token ids</source>
        <translation>提供词元 ID</translation>
    </message>
    <message>
        <source>Longest conversation</source>
        <translation>最长对话</translation>
    </message>
    <message>
        <source>The test took</source>
        <translation>测试用时</translation>
    </message>
    <message>
        <source>This cloud bills by the token.</source>
        <translation>此云端模型按词元计费。</translation>
    </message>
    <message>
        <source>If it bills by the token:</source>
        <translation>如果按词元计费：</translation>
    </message>
    <message>
        <source>A steered answer asks it for more than an unsteered one, as it is asked again after each change; how much more stands in the figures of each answer.</source>
        <translation>引导的回答比不引导的请求更多，因为每次改动后都会再次询问；具体多出多少，见每个回答的数据。</translation>
    </message>
    <message>
        <source>Each answer asks it for one draft, which is as long as an unsteered answer.</source>
        <translation>每个回答只请求一份草稿，长度与不引导的回答相同。</translation>
    </message>
    <message>
        <source>Nothing was asked here this month.</source>
        <translation>本月未在此提问。</translation>
    </message>
    <message>
        <source>This month: {answers}, {sent} sent, {written} written</source>
        <translation>本月：{answers}，发送 {sent}，写出 {written}</translation>
    </message>
    <message>
        <source>{count} answer</source>
        <translation>{count} 个回答</translation>
    </message>
    <message>
        <source>{count} answers</source>
        <translation>{count} 个回答</translation>
    </message>
    <message>
        <source>{said}; {money} {currency}, {extra} of it because of steering.</source>
        <translation>{said}；{money} {currency}，其中 {extra} 因引导产生。</translation>
    </message>
    <message>
        <source>less than {least}</source>
        <translation>不到 {least}</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Your data are encrypted now.</source>
        <translation>你的数据现已加密。</translation>
    </message>
    <message>
        <source>Your data are no longer encrypted.</source>
        <translation>你的数据不再加密。</translation>
    </message>
    <message>
        <source>Your data have another key; the former one opens nothing any more.</source>
        <translation>你的数据已换用新密钥；旧密钥不能再打开任何内容。</translation>
    </message>
    <message>
        <source>The backup is in {file} ({size}), and was read again. Keep its passphrase.</source>
        <translation>备份已写入 {file}（{size}），并已重新读取核对。请妥善保管其口令。</translation>
    </message>
    <message>
        <source>Open this address of {host} in your browser?</source>
        <translation>要在浏览器中打开 {host} 的这个地址吗？</translation>
    </message>
    <message>
        <source>Chosen side by side</source>
        <translation>并排比较中选择</translation>
    </message>
    <message>
        <source>Gone on with, of several answers</source>
        <translation>在多个回答中选它继续</translation>
    </message>
    <message>
        <source>Rewritten by you</source>
        <translation>由你改写</translation>
    </message>
    <message>
        <source>Liked</source>
        <translation>喜欢</translation>
    </message>
    <message>
        <source>Not liked</source>
        <translation>不喜欢</translation>
    </message>
    <message>
        <source>{kind}, {when}: {question}</source>
        <translation>{kind}，{when}：{question}</translation>
    </message>
    <message>
        <source>Your message</source>
        <translation>你的消息</translation>
    </message>
    <message>
        <source>An answer that you rewrote</source>
        <translation>由你改写的回答</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>文档</translation>
    </message>
    <message>
        <source>E-mail</source>
        <translation>电子邮件</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出文件</translation>
    </message>
    <message>
        <source>LaMP</source>
        <translation>LaMP</translation>
    </message>
    <message>
        <source>Made for training</source>
        <translation>为训练而写</translation>
    </message>
    <message>
        <source>{source} ({name})</source>
        <translation>{source}（{name}）</translation>
    </message>
    <message>
        <source>{where}: {prompt}</source>
        <translation>{where}：{prompt}</translation>
    </message>
    <message>
        <source>The local model learns to write as you do, on this computer; nothing is sent. It is used for answers &quot;On this computer only&quot;, and only if texts of yours that it has not seen become likelier with it.</source>
        <translation>本地模型在本机学习像你一样写作；不会发送任何内容。它用于“仅在本机”的回答，并且只有当你的未见过的文本因它而更可能出现时才会启用。</translation>
    </message>
    <message>
        <source>{count} texts that it had not seen take {personal} bits a token with it, {retrieval} with your texts before its eyes alone, {base} without.</source>
        <translation>对 {count} 篇未见过的文本，用它时每词元需 {personal} 比特，仅看着你的文本时需 {retrieval}，两者皆无时需 {base}。</translation>
    </message>
    <message>
        <source>It is in use now.</source>
        <translation>现已启用。</translation>
    </message>
    <message>
        <source>It is no better, so it is not used.</source>
        <translation>它并没有更好，因此未启用。</translation>
    </message>
    <message>
        <source>{personal} bits a token, {retrieval} without</source>
        <translation>每词元 {personal} 比特，不用时为 {retrieval}</translation>
    </message>
    <message>
        <source>Questions for each kind of preference</source>
        <translation>每类偏好的问题数</translation>
    </message>
    <message>
        <source>Questions for each kind</source>
        <translation>每类的问题数</translation>
    </message>
    <message>
        <source>The cloud answers general questions in opposite ways: short and long, plain and learned. From these pairs the local model learns to tell them apart. Nothing of yours is sent; it takes up to an hour, can be stopped, and goes on where it was.</source>
        <translation>云端会以相反的方式回答一般性问题：或短或长，或浅白或专业。本地模型从这些答案对中学会分辨它们。不会发送你的任何内容；这最多需要一小时，可以停止，之后会从停下之处继续。</translation>
    </message>
    <message>
        <source>On {count} pairs that it had not seen the new adapter preferred the better answer in {share}</source>
        <translation>在 {count} 个未见过的答案对中，新适配器有 {share} 选中了更好的回答</translation>
    </message>
    <message>
        <source>{told}, the one before in {share}</source>
        <translation>{told}，之前的适配器为 {share}</translation>
    </message>
    <message>
        <source>{told}. {used}</source>
        <translation>{told}。{used}</translation>
    </message>
    <message>
        <source>right in {share} of unseen pairs</source>
        <translation>未见过的答案对中 {share} 判断正确</translation>
    </message>
    <message>
        <source>Texts written: {written}; of these, {kept} will be learnt from.</source>
        <translation>写出了 {written} 段文本，其中 {kept} 段将用于学习。</translation>
    </message>
    <message>
        <source>{count} with something private</source>
        <translation>{count} 段含有私密内容</translation>
    </message>
    <message>
        <source>{count} in another language</source>
        <translation>{count} 段是另一种语言</translation>
    </message>
    <message>
        <source>{count} too short or too long</source>
        <translation>{count} 段太短或太长</translation>
    </message>
    <message>
        <source>{count} like another</source>
        <translation>{count} 段与其他文本雷同</translation>
    </message>
    <message>
        <source>{count} not like yours</source>
        <translation>{count} 段不像你的文字</translation>
    </message>
    <message>
        <source>{count} more than were wanted</source>
        <translation>{count} 段超出所需数量</translation>
    </message>
    <message>
        <source>{count} without an end</source>
        <translation>{count} 段没有写完</translation>
    </message>
    <message>
        <source>{told} Left out: {fell}.</source>
        <translation>{told}未采用：{fell}。</translation>
    </message>
    <message>
        <source>{told} The words that left may tell {bits} bits about you.</source>
        <translation>{told}发出的词最多可能透露关于你的 {bits} 比特信息。</translation>
    </message>
    <message>
        <source>{told} What is left of the tokens is not enough for another; send again to go on.</source>
        <translation>{told}剩余的词元不够再写一段；再次发送即可继续。</translation>
    </message>
    <message>
        <source>To {cloud}, about {tokens} tokens at most.</source>
        <translation>发往 {cloud}，最多约 {tokens} 个词元。</translation>
    </message>
    <message>
        <source>{told} That is {money} {currency}.</source>
        <translation>{told}合 {money} {currency}。</translation>
    </message>
    <message>
        <source>{told} Word by word: your texts, some before each task, and the requests for tasks.</source>
        <translation>{told}逐字如下：你的文本（每个任务之前附上其中几段），以及请求任务的话。</translation>
    </message>
    <message>
        <source>{told} Word by word: the requests for tasks. Each task that comes back is sent again as it is, and the words of its answer that are final; they may repeat some of yours.</source>
        <translation>{told}逐字如下：请求任务的话。返回的每个任务会原样再发送一次，连同其回答中已确定的词，其中可能重复你的一些话。</translation>
    </message>
    <message>
        <source>{form} stands for “{text}”</source>
        <translation>{form} 代表“{text}”</translation>
    </message>
</context>
<context>
    <name>AfterwardsJoin</name>
    <message>
        <source>Memories…</source>
        <translation>记忆…</translation>
    </message>
</context>
<context>
    <name>AnswerDocument</name>
    <message>
        <source>… and {count} more characters</source>
        <translation>… 还有 {count} 个字符</translation>
    </message>
</context>
<context>
    <name>AnswerWidget</name>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>The answer, to be changed</source>
        <translation>待修改的回答</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Keep this as a version of yours (Ctrl+Enter); the original stays reachable</source>
        <translation>保存为你自己的版本 (Ctrl+Enter)；原回答仍可查看</translation>
    </message>
    <message>
        <source>Leave the answer as it is (Esc)</source>
        <translation>保持回答不变 (Esc)</translation>
    </message>
    <message>
        <source>Answer {number} of {count}</source>
        <translation>第 {number} 个回答，共 {count} 个</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Not finished</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>Interrupted when the application ended</source>
        <translation>因应用退出而中断</translation>
    </message>
</context>
<context>
    <name>AppearancePage</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Colours and text</source>
        <translation>颜色与文字</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Light, dark, or whatever the system uses at the time.</source>
        <translation>浅色、深色，或跟随系统当前设置。</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Of everything in the window, compared with the size that the system sets.</source>
        <translation>窗口中所有文字相对于系统设定大小的比例。</translation>
    </message>
    <message>
        <source> %</source>
        <translation>%</translation>
    </message>
    <message>
        <source>Font for code</source>
        <translation>代码字体</translation>
    </message>
    <message>
        <source>For code in answers and for what was sent, word for word.</source>
        <translation>用于回答中的代码，以及逐字显示的已发送内容。</translation>
    </message>
    <message>
        <source>The system&apos;s</source>
        <translation>系统字体</translation>
    </message>
    <message>
        <source>Language and window</source>
        <translation>语言与窗口</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Of the window, not of the answers. Takes effect when the application is next started.</source>
        <translation>界面语言，不影响回答。下次启动应用时生效。</translation>
    </message>
    <message>
        <source>Closing the window then hides it: an answer is written to its end, and the icon in the tray brings the window back.</source>
        <translation>开启后，关闭窗口只会将其隐藏：回答会写完，点击托盘图标可恢复窗口。</translation>
    </message>
    <message>
        <source>This system shows no tray, so closing the window ends the application.</source>
        <translation>此系统不显示托盘，因此关闭窗口会退出应用。</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>在托盘中继续运行</translation>
    </message>
</context>
<context>
    <name>AttachmentList</name>
    <message>
        <source>Files for the next question</source>
        <translation>下一个问题的文件</translation>
    </message>
</context>
<context>
    <name>AttachmentRow</name>
    <message>
        <source>Show the text</source>
        <translation>显示文本</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>stays on this computer, steers the answer</source>
        <translation>留在本机，用于引导回答</translation>
    </message>
    <message>
        <source>is sent with the question</source>
        <translation>随问题一起发送</translation>
    </message>
    <message>
        <source>Show the text of {name}</source>
        <translation>显示 {name} 的文本</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>移除 {name}</translation>
    </message>
    <message>
        <source>{name}: {scope}</source>
        <translation>{name}：{scope}</translation>
    </message>
</context>
<context>
    <name>AugmentingPage</name>
    <message>
        <source>Steered on this computer: only the words of the answers are sent</source>
        <translation>在本机上引导：只发送回答中的词</translation>
    </message>
    <message>
        <source>With some of my texts, which are sent as they stand below</source>
        <translation>附上我的一些文本，按下面的样子发送</translation>
    </message>
    <message>
        <source>How many texts</source>
        <translation>多少段文本</translation>
    </message>
    <message>
        <source>Most tokens of the cloud</source>
        <translation>云端词元上限</translation>
    </message>
    <message>
        <source>any number</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Most that it may cost</source>
        <translation>费用上限</translation>
    </message>
    <message>
        <source>any amount</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Cost at most:</source>
        <translation>费用上限：</translation>
    </message>
    <message>
        <source>What would be sent</source>
        <translation>将发送的内容</translation>
    </message>
    <message>
        <source>How far the writing is</source>
        <translation>写作进度</translation>
    </message>
    <message>
        <source>Send, and have them written</source>
        <translation>发送并开始写作</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>From few texts little can be learnt. A cloud can write more like them, about things that have nothing to do with you; what is worth learning from is picked out on this computer. Nothing is sent before you have seen it here and said so.</source>
        <translation>从很少的文本中学不到多少。云端可以写出更多类似的文本，内容与你无关；其中值得学习的由本机挑选。在你于此处看过并同意之前，什么也不会发送。</translation>
    </message>
    <message>
        <source>Texts:</source>
        <translation>文本：</translation>
    </message>
    <message>
        <source>Tokens at most:</source>
        <translation>词元上限：</translation>
    </message>
</context>
<context>
    <name>BranchArrows</name>
    <message>
        <source>Previous version</source>
        <translation>上一版本</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一版本</translation>
    </message>
    <message>
        <source>{index} / {count}</source>
        <translation>{index} / {count}</translation>
    </message>
    <message>
        <source>Version {index} of {count}</source>
        <translation>第 {index} 个版本，共 {count} 个</translation>
    </message>
</context>
<context>
    <name>BudgetBox</name>
    <message>
        <source>No bound</source>
        <translation>不设上限</translation>
    </message>
    <message>
        <source> bits</source>
        <translation> 比特</translation>
    </message>
</context>
<context>
    <name>CauseTableModel</name>
    <message>
        <source>Nats</source>
        <translation>奈特</translation>
    </message>
    <message>
        <source>What steered</source>
        <translation>引导来源</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>{text} (changed since)</source>
        <translation>{text}（此后已更改）</translation>
    </message>
</context>
<context>
    <name>ChatJoin</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>New temporary conversation, kept nowhere</source>
        <translation>新建临时对话，不作任何保存</translation>
    </message>
    <message>
        <source>Go to the message</source>
        <translation>转到消息</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>{name} is still being read; wait for it, or remove it.</source>
        <translation>仍在读取 {name}；请等待完成，或将其移除。</translation>
    </message>
    <message>
        <source>The answer is still being written; stop it, or wait for its end.</source>
        <translation>回答仍在撰写中；请停止，或等待完成。</translation>
    </message>
    <message>
        <source>The answer is still being written; stop it with {keys}, or wait for its end.</source>
        <translation>回答仍在撰写中；请按 {keys} 停止，或等待完成。</translation>
    </message>
    <message>
        <source>An answer is still being written in “{title}”; stop it there, or wait for its end.</source>
        <translation>“{title}”中的回答仍在撰写；请到该对话中停止，或等待完成。</translation>
    </message>
</context>
<context>
    <name>ChoicesPage</name>
    <message>
        <source>The answers that you chose</source>
        <translation>你选择的回答</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>收回</translation>
    </message>
    <message>
        <source>Nothing yet. Rate an answer, compare two, or rewrite one; what you prefer is kept here.</source>
        <translation>还没有内容。给回答打分、比较两个回答或改写一个回答；你的偏好会保存在这里。</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Kept on this computer and sent nowhere. What you take back is forgotten, and nothing learns from it.</source>
        <translation>只保存在本机，不发往任何地方。收回的内容会被忘记，不再用于学习。</translation>
    </message>
    <message>
        <source>{count} in all</source>
        <translation>共 {count} 条</translation>
    </message>
</context>
<context>
    <name>ClosingJoin</name>
    <message>
        <source>Show or hide the window</source>
        <translation>显示或隐藏窗口</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>The answer is written to its end; the window is brought back here.</source>
        <translation>回答会写完；点击此处可恢复窗口。</translation>
    </message>
    <message>
        <source>The answer is there.</source>
        <translation>回答已完成。</translation>
    </message>
    <message>
        <source>An answer is still being written. Close all the same?</source>
        <translation>回答仍在撰写中，仍要关闭吗？</translation>
    </message>
    <message>
        <source>What is written so far is kept, and you can continue the answer later.</source>
        <translation>已写的内容会保留，之后可以继续。</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message>
        <source>Go on in the tray</source>
        <translation>在托盘中继续</translation>
    </message>
</context>
<context>
    <name>CloudForm</name>
    <message>
        <source>What you call it; its host, if left empty</source>
        <translation>自定名称；留空则用主机名</translation>
    </message>
    <message>
        <source>host:8080, https://host/v1 or a full path</source>
        <translation>host:8080、https://host/v1 或完整路径</translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation>显示输入内容</translation>
    </message>
    <message>
        <source>The first that it lists, if left empty</source>
        <translation>留空则用列出的第一个</translation>
    </message>
    <message>
        <source>Models that fit what is typed</source>
        <translation>与输入匹配的模型</translation>
    </message>
    <message>
        <source>Testing what it allows…</source>
        <translation>正在测试其功能…</translation>
    </message>
    <message>
        <source>Asking for its models…</source>
        <translation>正在查询其模型…</translation>
    </message>
    <message>
        <source>Save and use</source>
        <translation>保存并使用</translation>
    </message>
    <message>
        <source>Add and use</source>
        <translation>添加并使用</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>It lists {count} model.</source>
        <translation>列出了 {count} 个模型。</translation>
    </message>
    <message>
        <source>It lists {count} models; choose one, or type its name.</source>
        <translation>列出了 {count} 个模型；请选择一个，或输入其名称。</translation>
    </message>
    <message>
        <source>It lists no models; type the name of one if it has several.</source>
        <translation>未列出模型；如有多个，请输入其中一个的名称。</translation>
    </message>
    <message>
        <source>It usually needs none.</source>
        <translation>通常不需要。</translation>
    </message>
    <message>
        <source>You get one at {place}.</source>
        <translation>可在 {place} 获取。</translation>
    </message>
    <message>
        <source>It goes to the keychain “{name}” and is not shown again.</source>
        <translation>将存入钥匙串“{name}”，不再显示。</translation>
    </message>
    <message>
        <source>This computer offers no keychain: it goes to a file, sealed by a passphrase that you choose, and is not shown again.</source>
        <translation>本机没有钥匙串：将存入文件，由你设定的口令加密，不再显示。</translation>
    </message>
    <message>
        <source>The connection is not encrypted: whoever is on the way can read along.</source>
        <translation>连接未加密：途经的任何人都能读取内容。</translation>
    </message>
    <message>
        <source>Leave it empty to keep the one there is, unless the address changes.</source>
        <translation>留空则保留现有密钥（地址更改时除外）。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Asks it a few short questions, none of them about you</source>
        <translation>向其提几个简短问题，均与你无关</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The test is under way</source>
        <translation>测试进行中</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models that it lists</source>
        <translation>其列出的模型</translation>
    </message>
    <message>
        <source>Start from</source>
        <translation>选用</translation>
    </message>
    <message>
        <source>Prices</source>
        <translation>价格</translation>
    </message>
</context>
<context>
    <name>CloudListModel</name>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Built in; needs no account</source>
        <translation>内置；无需账号</translation>
    </message>
    <message>
        <source>{address}, {model}</source>
        <translation>{address}，{model}</translation>
    </message>
</context>
<context>
    <name>CloudListPage</name>
    <message>
        <source>Clouds</source>
        <translation>云端模型</translation>
    </message>
    <message>
        <source>About the chosen cloud</source>
        <translation>关于所选云端模型</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>{words}.</source>
        <translation>{words}。</translation>
    </message>
    <message>
        <source>One of these answers. It reads the conversation and the words of its answers, never your profile.</source>
        <translation>由其中之一回答。它会读取对话及其回答的文字，但绝不会读取你的个人资料。</translation>
    </message>
</context>
<context>
    <name>CloudResult</name>
    <message>
        <source>Result of the test</source>
        <translation>测试结果</translation>
    </message>
</context>
<context>
    <name>CloudsDialog</name>
    <message>
        <source>Clouds</source>
        <translation>云端模型</translation>
    </message>
    <message>
        <source>Remove “{name}”?</source>
        <translation>移除“{name}”？</translation>
    </message>
    <message>
        <source>Its address and its key are forgotten. Your conversations and the record of what was sent to it stay.</source>
        <translation>其地址和密钥将被清除。你的对话和向其发送内容的账本会保留。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>CloudsJoin</name>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>The keys of your clouds are sealed by your passphrase. It is asked for once in each session.</source>
        <translation>云端模型的密钥由你的口令加密。每次启动后询问一次。</translation>
    </message>
    <message>
        <source>Seal with it</source>
        <translation>以此加密</translation>
    </message>
    <message>
        <source>This computer offers no keychain. Choose a passphrase to seal the keys of your clouds with. It is kept nowhere: without it, the keys have to be entered anew.</source>
        <translation>本机没有钥匙串。请设定一个口令，用于加密云端模型的密钥。口令不会保存在任何地方：如果遗失，需要重新输入密钥。</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Command or conversation</source>
        <translation>命令或对话</translation>
    </message>
    <message>
        <source>A command or a conversation…</source>
        <translation>输入命令或对话…</translation>
    </message>
    <message>
        <source>Commands and conversations</source>
        <translation>命令与对话</translation>
    </message>
    <message>
        <source>Nothing fits; try fewer letters.</source>
        <translation>没有匹配项；请减少输入的字符。</translation>
    </message>
    <message>
        <source>{count} fits</source>
        <translation>{count} 个匹配项</translation>
    </message>
    <message>
        <source>{count} fit</source>
        <translation>{count} 个匹配项</translation>
    </message>
</context>
<context>
    <name>CompareDialog</name>
    <message>
        <source>Compare answers</source>
        <translation>比较回答</translation>
    </message>
    <message>
        <source>This answer</source>
        <translation>此回答</translation>
    </message>
    <message>
        <source>The other answer</source>
        <translation>另一个回答</translation>
    </message>
    <message>
        <source>Strength of the other answer</source>
        <translation>另一个回答的强度</translation>
    </message>
    <message>
        <source>Write with this strength</source>
        <translation>按此强度撰写</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
</context>
<context>
    <name>CompareJoin</name>
    <message>
        <source>Compare the answer with one of another strength…</source>
        <translation>与其他强度的回答比较…</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Ask something…</source>
        <translation>输入问题…</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Add files</source>
        <translation>添加文件</translation>
    </message>
    <message>
        <source>Drop files here: they stay on this computer unless you say else</source>
        <translation>将文件拖放到此处：除非另行选择，文件都留在本机</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送 (Enter)</translation>
    </message>
</context>
<context>
    <name>ConversationsJoin</name>
    <message>
        <source>Rename the conversation</source>
        <translation>重命名对话</translation>
    </message>
    <message>
        <source>Pin or unpin the conversation</source>
        <translation>置顶或取消置顶对话</translation>
    </message>
    <message>
        <source>Move the conversation to a folder…</source>
        <translation>将对话移至文件夹…</translation>
    </message>
    <message>
        <source>Duplicate the conversation</source>
        <translation>复制对话副本</translation>
    </message>
    <message>
        <source>Delete the conversation</source>
        <translation>删除对话</translation>
    </message>
    <message>
        <source>Next conversation</source>
        <translation>下一个对话</translation>
    </message>
    <message>
        <source>Previous conversation</source>
        <translation>上一个对话</translation>
    </message>
    <message>
        <source>Move to a folder</source>
        <translation>移至文件夹</translation>
    </message>
    <message>
        <source>A folder there is, or the name of a new one. Empty: out of its folder.</source>
        <translation>选择现有文件夹，或输入新文件夹的名称。留空则移出文件夹。</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>“{title}” was deleted. On record stays that something was sent, without the words.</source>
        <translation>已删除“{title}”。账本中仍记有发送过的事实，但不含内容。</translation>
    </message>
    <message>
        <source>“{title}” was deleted. It stays in the bin for 30 days; what was sent for it stays on record.</source>
        <translation>已删除“{title}”。它会在回收站中保留 30 天；为它发送过的内容仍留在账本中。</translation>
    </message>
    <message>
        <source>Forget the words…</source>
        <translation>清除内容…</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>ConversationsViewModel</name>
    <message>
        <source>{title} (copy)</source>
        <translation>{title}（副本）</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Copy the {language} code</source>
        <translation>复制 {language} 代码</translation>
    </message>
</context>
<context>
    <name>DayChart</name>
    <message>
        <source>Days of the month</source>
        <translation>当月每日</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
</context>
<context>
    <name>DayTableModel</name>
    <message>
        <source>Day</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation>发送的词元</translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation>泄露比特</translation>
    </message>
    <message>
        <source>–</source>
        <translation>–</translation>
    </message>
</context>
<context>
    <name>DisclosureDialog</name>
    <message>
        <source>Private words in what you send</source>
        <translation>发送内容中的私密词语</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Do not send</source>
        <translation>不发送</translation>
    </message>
    <message>
        <source>This is about to be sent to the cloud. Something can stand for each of these; in the answer you see your own words again.</source>
        <translation>以下内容即将发送到云端。每一项都可以用占位符代替；在回答中，你看到的仍是自己的原话。</translation>
    </message>
    <message>
        <source>All of them</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>All: as chosen above</source>
        <translation>全部：按上面的选择</translation>
    </message>
    <message>
        <source>Replace all</source>
        <translation>全部替换</translation>
    </message>
    <message>
        <source>Send all as they are</source>
        <translation>全部原样发送</translation>
    </message>
    <message>
        <source>Replace by {placeholder}</source>
        <translation>替换为 {placeholder}</translation>
    </message>
    <message>
        <source>Send as it is</source>
        <translation>原样发送</translation>
    </message>
    <message>
        <source>What to do with “{text}”</source>
        <translation>如何处理“{text}”</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>始终如此</translation>
    </message>
    <message>
        <source>Do the same with “{text}” in all conversations, without asking</source>
        <translation>在所有对话中对“{text}”都这样处理，不再询问</translation>
    </message>
</context>
<context>
    <name>DocumentDialog</name>
    <message>
        <source>The text of {name}</source>
        <translation>{name} 的文本</translation>
    </message>
    <message>
        <source>… and {count} more characters</source>
        <translation>… 还有 {count} 个字符</translation>
    </message>
</context>
<context>
    <name>DocumentsJoin</name>
    <message>
        <source>Add files to the question…</source>
        <translation>为问题添加文件…</translation>
    </message>
    <message>
        <source>Add files to the question</source>
        <translation>为问题添加文件</translation>
    </message>
    <message>
        <source>Text, Markdown and PDF files (*.txt *.md *.markdown *.pdf)</source>
        <translation>文本、Markdown 和 PDF 文件 (*.txt *.md *.markdown *.pdf)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Ask something.</source>
        <translation>问点什么吧。</translation>
    </message>
    <message>
        <source>This conversation is answered on this computer only: by the local model, which knows your profile. Nothing is sent.</source>
        <translation>本对话仅在本机回答：由了解你个人资料的本地模型作答。不会发送任何内容。</translation>
    </message>
    <message>
        <source>The cloud sees your messages and the words of the answers. Your profile stays on this computer; what an answer gives away is listed on the right.

A small model on this computer knows your profile and steers the answer towards you. Write a few facts about yourself with the profile button, then ask.</source>
        <translation>云端能看到你的消息和回答的文字。个人资料留在本机；回答泄露了什么，会在右侧列出。

本机上的小模型了解你的个人资料，并据此引导回答贴近你。点击个人资料按钮写下几条关于自己的事实，然后提问。</translation>
    </message>
</context>
<context>
    <name>EndpointsPage</name>
    <message>
        <source>Clouds</source>
        <translation>云端模型</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>The cloud that answers</source>
        <translation>回答问题的云端模型</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Clouds of your own</source>
        <translation>自有云端模型</translation>
    </message>
    <message>
        <source>Where keys are kept</source>
        <translation>密钥的保存位置</translation>
    </message>
    <message>
        <source>{name}. {words}.</source>
        <translation>{name}。{words}。</translation>
    </message>
    <message>
        <source>{count} added</source>
        <translation>已添加 {count} 个</translation>
    </message>
    <message>
        <source>{many}. Each is tested for how far it can be steered; its address is contacted then.</source>
        <translation>{many}。每个都会测试可引导的程度；测试时会连接其地址。</translation>
    </message>
    <message>
        <source>None yet: a server of your own, or an account somewhere.</source>
        <translation>暂无：可以是自己的服务器，或其他服务的账号。</translation>
    </message>
    <message>
        <source>In the keychain “{name}”; never in a file of settings, a log or an export.</source>
        <translation>保存在钥匙串“{name}”中；绝不写入设置文件、日志或导出文件。</translation>
    </message>
    <message>
        <source>Sealed by your passphrase in {name}, as this computer offers no keychain.</source>
        <translation>本机没有钥匙串，因此以你的口令加密保存在 {name} 中。</translation>
    </message>
</context>
<context>
    <name>ExchangeView</name>
    <message>
        <source>Part of the request</source>
        <translation>请求的部分</translation>
    </message>
    <message>
        <source>In words</source>
        <translation>文字形式</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>The request in full</source>
        <translation>完整请求</translation>
    </message>
    <message>
        <source>The response is still arriving.</source>
        <translation>响应仍在接收中。</translation>
    </message>
</context>
<context>
    <name>FeedbackJoin</name>
    <message>
        <source>Rate the answer as good, or take that back</source>
        <translation>将回答评为好，或撤回评价</translation>
    </message>
    <message>
        <source>Rate the answer as bad, or take that back</source>
        <translation>将回答评为差，或撤回评价</translation>
    </message>
    <message>
        <source>Edit the answer</source>
        <translation>编辑回答</translation>
    </message>
</context>
<context>
    <name>FiguresPanel</name>
    <message>
        <source>Figures of this answer</source>
        <translation>此回答的数据</translation>
    </message>
</context>
<context>
    <name>FirstRunGuide</name>
    <message>
        <source>Welcome to CoSteer</source>
        <translation>欢迎使用 CoSteer</translation>
    </message>
    <message>
        <source>What could I do with a free afternoon this week?</source>
        <translation>这周有一个下午空闲，我可以做些什么？</translation>
    </message>
    <message>
        <source>The demo cloud on this computer</source>
        <translation>本机上的演示云</translation>
    </message>
    <message>
        <source>A cloud of my own</source>
        <translation>自有云端模型</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>{name}, as before</source>
        <translation>{name}（沿用）</translation>
    </message>
    <message>
        <source>{step} of {steps}</source>
        <translation>第 {step} 步，共 {steps} 步</translation>
    </message>
    <message>
        <source>Ask it</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Your profile and memories
Notes, facts, how you like to be answered
What you mark as private
The small model that knows all this</source>
        <translation>你的个人资料和记忆
备注、事实、你偏好的回答方式
你标为私密的内容
了解这一切的小模型</translation>
    </message>
    <message>
        <source>Your messages, with what you add as public
The words of the answers, which give a little away of what they were steered by
Nothing else, and only to the cloud that you choose</source>
        <translation>你的消息，以及你设为公开的附加内容
回答的文字，它们会略微透露引导所依据的内容
仅此而已，且只发送给你选择的云端模型</translation>
    </message>
    <message>
        <source>What leaves this computer, and what does not</source>
        <translation>哪些会离开本机，哪些不会</translation>
    </message>
    <message>
        <source>A strong cloud writes the answers. A small model on this computer knows you and steers them word by word; it tells the cloud nothing.</source>
        <translation>强大的云端模型撰写回答。本机上的小模型了解你，并逐词引导回答；它什么都不告诉云端。</translation>
    </message>
    <message>
        <source>Stays here</source>
        <translation>留在本机</translation>
    </message>
    <message>
        <source>Is sent</source>
        <translation>会发送</translation>
    </message>
    <message>
        <source>Whatever is sent is listed at the right of the window, word for word, while it happens.</source>
        <translation>发送的一切都会实时、逐字列在窗口右侧。</translation>
    </message>
    <message>
        <source>What do you do, and where do you live?</source>
        <translation>你从事什么工作，住在哪里？</translation>
    </message>
    <message>
        <source>I teach biology in Leeds.</source>
        <translation>我在杭州教生物。</translation>
    </message>
    <message>
        <source>How do you like to be answered?</source>
        <translation>你喜欢怎样的回答？</translation>
    </message>
    <message>
        <source>Briefly, with an example.</source>
        <translation>简短，并举一个例子。</translation>
    </message>
    <message>
        <source>What are you working on, or looking forward to?</source>
        <translation>你正在做什么，或在期待什么？</translation>
    </message>
    <message>
        <source>A vegetable garden behind the house.</source>
        <translation>在屋后开一块菜园。</translation>
    </message>
    <message>
        <source>For example: {example}</source>
        <translation>例如：{example}</translation>
    </message>
    <message>
        <source>Three questions about you</source>
        <translation>关于你的三个问题</translation>
    </message>
    <message>
        <source>Leave empty what you like. The answers become entries of your profile and stay here.</source>
        <translation>可以随意留空。答案会成为个人资料的条目，并留在本机。</translation>
    </message>
    <message>
        <source>Your first question</source>
        <translation>你的第一个问题</translation>
    </message>
    <message>
        <source>Needs no account and no network; a small model, so do not expect too much of it.</source>
        <translation>无需账号和网络；模型较小，请勿期望过高。</translation>
    </message>
    <message>
        <source>A server of yours, or an account somewhere. You enter its address and key next.</source>
        <translation>自己的服务器，或其他服务的账号。接下来输入其地址和密钥。</translation>
    </message>
    <message>
        <source>Who answers?</source>
        <translation>由谁回答？</translation>
    </message>
    <message>
        <source>The words that steering changes are marked; rest on one to see what the cloud wanted.</source>
        <translation>被引导改变的词语会被标记；将鼠标停在上面可查看云端原本要写的词。</translation>
    </message>
</context>
<context>
    <name>FirstRunJoin</name>
    <message>
        <source>Show the guide of the first start</source>
        <translation>显示首次启动向导</translation>
    </message>
</context>
<context>
    <name>FitDialog</name>
    <message>
        <source>Does it help me?</source>
        <translation>它对我有帮助吗？</translation>
    </message>
    <message>
        <source>Read my own messages</source>
        <translation>读取我自己的消息</translation>
    </message>
    <message>
        <source>Only what you wrote, never the answers.</source>
        <translation>只读取你写的内容，绝不读取回答。</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Texts that you wrote: .txt or .md</source>
        <translation>你写的文字：.txt 或 .md</translation>
    </message>
    <message>
        <source>Remove files</source>
        <translation>移除文件</translation>
    </message>
    <message>
        <source>Leave the files out again</source>
        <translation>不再使用这些文件</translation>
    </message>
    <message>
        <source>How much has been read</source>
        <translation>读取进度</translation>
    </message>
    <message>
        <source>Use the strength that fits</source>
        <translation>使用适合我的强度</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Texts that you wrote</source>
        <translation>你写的文字</translation>
    </message>
    <message>
        <source>Texts ({patterns})</source>
        <translation>文本 ({patterns})</translation>
    </message>
    <message>
        <source>{tokens} tokens of yours, in bits per token: the cloud alone {cloud}, the default {default}, fitted {fitted} (on what it was not fitted on).</source>
        <translation>你的 {tokens} 个词元，单位为比特/词元：仅云端 {cloud}，默认强度 {default}，校准后 {fitted}（在未用于校准的文字上）。</translation>
    </message>
    <message>
        <source>The cloud was played by {model} on this computer; nothing was sent.</source>
        <translation>云端由本机上的 {model} 扮演；未发送任何内容。</translation>
    </message>
    <message>
        <source>{model} stood in for the cloud, as {reason}; so this says little about a stronger cloud.</source>
        <translation>由 {model} 代替云端，原因：{reason}；因此不能很好地反映更强的云端模型。</translation>
    </message>
    <message>
        <source>The mark You on the slider goes there.</source>
        <translation>滑块上的“你”标记将移至该处。</translation>
    </message>
    <message>
        <source>Says whether steering brings the cloud nearer to how you write, by how likely each strength makes what you wrote, and puts the mark You on the slider if one is clearly better than the default. It takes a few minutes, on this computer; nothing is sent.</source>
        <translation>根据每种强度使你所写文字出现的可能性，说明引导是否让云端更接近你的写法；若有一种强度明显优于默认值，就在滑块上标出“你”。需要几分钟，全部在本机完成，不发送任何内容。</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Temporary</source>
        <translation>临时</translation>
    </message>
    <message>
        <source>Kept nowhere: it is gone when the application is closed.</source>
        <translation>不作任何保存：关闭应用后即消失。</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>What leaves this computer</source>
        <translation>离开本机的内容</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Delete this conversation</source>
        <translation>删除此对话</translation>
    </message>
    <message>
        <source>Temporary conversation</source>
        <translation>临时对话</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Answered by {name}</source>
        <translation>由 {name} 回答</translation>
    </message>
    <message>
        <source>{words}.</source>
        <translation>{words}。</translation>
    </message>
    <message>
        <source>{name} answers: choose or add clouds</source>
        <translation>由 {name} 回答：选择或添加云端模型</translation>
    </message>
    <message>
        <source>Tier {tier}</source>
        <translation>{tier} 级</translation>
    </message>
</context>
<context>
    <name>HelpersJoin</name>
    <message>
        <source>Code has no colours from here on: what colours it had to be ended {count} times.</source>
        <translation>从现在起代码不再着色：着色程序已被迫结束 {count} 次。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Formulas stay as LaTeX from here on: what draws them had to be ended {count} times.</source>
        <translation>从现在起公式以 LaTeX 原文显示：绘制程序已被迫结束 {count} 次。</translation>
    </message>
</context>
<context>
    <name>KnownPage</name>
    <message>
        <source>Where it was sent</source>
        <translation>发送位置</translation>
    </message>
    <message>
        <source>In this conversation</source>
        <translation>此对话中</translation>
    </message>
    <message>
        <source>Ever</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search in what was sent</source>
        <translation>搜索已发送的内容</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Only with private words</source>
        <translation>仅含私密词语</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The string in full</source>
        <translation>完整字符串</translation>
    </message>
    <message>
        <source>Choose a string to read it.</source>
        <translation>选择一个字符串以查看。</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Go to the message</source>
        <translation>转到消息</translation>
    </message>
    <message>
        <source>Export as text…</source>
        <translation>导出为文本…</translation>
    </message>
    <message>
        <source>What was sent</source>
        <translation>已发送的内容</translation>
    </message>
    <message>
        <source>{count} is shown.</source>
        <translation>显示 {count} 个。</translation>
    </message>
    <message>
        <source>{count} are shown.</source>
        <translation>显示 {count} 个。</translation>
    </message>
    <message>
        <source>Reading what was sent…</source>
        <translation>正在读取已发送的内容…</translation>
    </message>
    <message>
        <source>Reading what was sent: {done} of {total} answers</source>
        <translation>正在读取已发送的内容：{done} / {total} 个回答</translation>
    </message>
</context>
<context>
    <name>KnownTreeModel</name>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>次数</translation>
    </message>
    <message>
        <source>First sent</source>
        <translation>首次发送</translation>
    </message>
    <message>
        <source>Last sent</source>
        <translation>最近发送</translation>
    </message>
    <message>
        <source>{text} (private words that steering wrote: {words})</source>
        <translation>{text}（引导写出的私密词语：{words}）</translation>
    </message>
    <message>
        <source>Words of your private profile that steering wrote here: {words}</source>
        <translation>引导在此写出的个人资料私密词语：{words}</translation>
    </message>
    <message>
        <source>{endpoint}: {kind} ({count})</source>
        <translation>{endpoint}：{kind}（{count}）</translation>
    </message>
    <message>
        <source>● {text}</source>
        <translation>● {text}</translation>
    </message>
</context>
<context>
    <name>KnownViewModel</name>
    <message>
        <source>{count} string</source>
        <translation>{count} 个字符串</translation>
    </message>
    <message>
        <source>{count} strings</source>
        <translation>{count} 个字符串</translation>
    </message>
    <message>
        <source>{count} request</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>{count} requests</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>{strings} in {requests}.</source>
        <translation>{requests}中有 {strings}。</translation>
    </message>
    <message>
        <source>● Words of your private profile that steering wrote: {words}.</source>
        <translation>● 引导写出的个人资料私密词语：{words}。</translation>
    </message>
    <message>
        <source>{count} request of a temporary conversation is on record without its words.</source>
        <translation>{count} 个临时对话请求已记账，但未记录文字。</translation>
    </message>
    <message>
        <source>{count} requests of temporary conversations are on record without their words.</source>
        <translation>{count} 个临时对话请求已记账，但未记录文字。</translation>
    </message>
    <message>
        <source>The words of {count} request were forgotten.</source>
        <translation>有 {count} 次请求的内容已清除。</translation>
    </message>
    <message>
        <source>The words of {count} requests were forgotten.</source>
        <translation>有 {count} 次请求的内容已清除。</translation>
    </message>
</context>
<context>
    <name>LedgerJoin</name>
    <message>
        <source>Where to write the record</source>
        <translation>账本保存位置</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>网页 (*.html)</translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation>Markdown (*.md)</translation>
    </message>
    <message>
        <source>Where to write the report</source>
        <translation>报告保存位置</translation>
    </message>
    <message>
        <source>{count} entry</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>{count} entries</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>{entries} with {size} of words are removed for good, and a new entry says so. What is left can still be checked. Export the record first if you want to keep them.</source>
        <translation>将永久移除 {entries}，共 {size} 内容，并新增一条记录加以说明。其余部分仍可检查。如需保留，请先导出账本。</translation>
    </message>
    <message>
        <source>Remove what is older than {days} days from the record?</source>
        <translation>要从账本中移除超过 {days} 天的记录吗？</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Nothing of it is on record with its words.</source>
        <translation>账本中没有它的内容。</translation>
    </message>
    <message>
        <source>Forget the words that were sent and received for “{title}”?</source>
        <translation>要清除为“{title}”发送和接收过的内容吗？</translation>
    </message>
    <message>
        <source>Forget the words of all conversations that no longer exist?</source>
        <translation>要清除所有已不存在的对话的内容吗？</translation>
    </message>
    <message>
        <source>{entries} of the record lose their words, {size} in all. That something was sent stays on record: when, to which cloud, what for and how much. What the cloud has received it keeps. This cannot be undone.</source>
        <translation>账本中 {entries}的内容将被清除，共 {size}。发送过的事实仍会保留：何时、发给哪个云端、为什么、有多少。云端已收到的内容仍由它保留。此操作无法撤销。</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>{count} entry that an earlier version wrote keeps its words until it is removed.</source>
        <translation>早期版本写下的 {count} 条记录会保留其内容，直到被移除。</translation>
    </message>
    <message>
        <source>{count} entries that an earlier version wrote keep their words until they are removed.</source>
        <translation>早期版本写下的 {count} 条记录会保留其内容，直到被移除。</translation>
    </message>
    <message>
        <source>{count} request is still under way; try again when it is over.</source>
        <translation>还有 {count} 次请求正在进行；请在结束后再试。</translation>
    </message>
    <message>
        <source>{count} requests are still under way; try again when they are over.</source>
        <translation>还有 {count} 次请求正在进行；请在结束后再试。</translation>
    </message>
</context>
<context>
    <name>LedgerPage</name>
    <message>
        <source>Record</source>
        <translation>账本</translation>
    </message>
    <message>
        <source>The record of what was sent</source>
        <translation>发送账本</translation>
    </message>
    <message>
        <source>A report in plain words</source>
        <translation>通俗报告</translation>
    </message>
    <message>
        <source>What left this computer, to whom, when, why and how much, as a page for people to read.</source>
        <translation>什么内容离开了本机、发给了谁、何时、为什么、有多少：一份供人阅读的页面。</translation>
    </message>
    <message>
        <source>Write a report…</source>
        <translation>生成报告…</translation>
    </message>
    <message>
        <source>Export the record</source>
        <translation>导出账本</translation>
    </message>
    <message>
        <source>All entries as one JSON file, word for word. Whoever gets it can read what you have sent.</source>
        <translation>将所有记录逐字导出为一个 JSON 文件。得到该文件的人可以读取你发送过的内容。</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>How long the record is kept</source>
        <translation>账本保留多久</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Is the record intact?</source>
        <translation>账本是否完好？</translation>
    </message>
    <message>
        <source>Everything that leaves this computer is written down before it is sent; each entry holds a mark of the one before, so that a change would be found.</source>
        <translation>离开本机的一切内容都会在发送前记账；每条记录都带有前一条的标记，任何改动都会被发现。</translation>
    </message>
    <message>
        <source>The last check of the record</source>
        <translation>账本的最近一次检查</translation>
    </message>
    <message>
        <source>What is older is removed when the application starts; a new entry says what was removed.</source>
        <translation>更早的记录会在应用启动时移除；并新增一条记录说明移除了什么。</translation>
    </message>
    <message>
        <source>Keep entries</source>
        <translation>保留记录</translation>
    </message>
    <message>
        <source>Remove now…</source>
        <translation>立即移除…</translation>
    </message>
    <message>
        <source>Entries that are older</source>
        <translation>更早的记录</translation>
    </message>
    <message>
        <source>When a conversation is deleted for good, the words that were sent and received for it go from the record too. When, to whom, what for and how much stays. It holds for those deleted before as well.</source>
        <translation>对话被永久删除时，为它发送和接收过的内容也从账本中清除；何时、发给谁、为什么、有多少，这些仍会保留。对先前删除的对话同样有效。</translation>
    </message>
    <message>
        <source>Forget the words of deleted conversations</source>
        <translation>清除已删除对话的内容</translation>
    </message>
    <message>
        <source>Forget now…</source>
        <translation>立即清除…</translation>
    </message>
    <message>
        <source>Words of deleted conversations</source>
        <translation>已删除对话的内容</translation>
    </message>
    <message>
        <source>For ever</source>
        <translation>永久</translation>
    </message>
    <message>
        <source>For a year</source>
        <translation>一年</translation>
    </message>
    <message>
        <source>For half a year</source>
        <translation>半年</translation>
    </message>
    <message>
        <source>For three months</source>
        <translation>三个月</translation>
    </message>
    <message>
        <source>For a month</source>
        <translation>一个月</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>一周</translation>
    </message>
    <message>
        <source>For {count} day</source>
        <translation>{count} 天</translation>
    </message>
    <message>
        <source>For {count} days</source>
        <translation>{count} 天</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>{what}… {share} %</source>
        <translation>{what}… {share}%</translation>
    </message>
    <message>
        <source>The record is kept for ever: nothing is removed.</source>
        <translation>账本永久保留：不移除任何记录。</translation>
    </message>
    <message>
        <source>There are none.</source>
        <translation>没有。</translation>
    </message>
    <message>
        <source>{count} entry</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>{count} entries</source>
        <translation>{count} 条记录</translation>
    </message>
    <message>
        <source>{entries} with {size} of words: removed at the next start, or now.</source>
        <translation>{entries}，共 {size} 内容：下次启动时移除，也可立即移除。</translation>
    </message>
    <message>
        <source>{entries} with {size} of words, and more once an exchange that is under way is over.</source>
        <translation>{entries}，共 {size} 内容；正在进行的请求结束后还会更多。</translation>
    </message>
    <message>
        <source>There are none on record.</source>
        <translation>账本中没有。</translation>
    </message>
    <message>
        <source>On record with their words: {entries}, {size}.</source>
        <translation>账本中仍含内容的有：{entries}，{size}。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Preview a report…</source>
        <translation>预览报告…</translation>
    </message>
    <message>
        <source>Show the conversations</source>
        <translation>显示对话列表</translation>
    </message>
    <message>
        <source>Show what leaves this computer</source>
        <translation>显示离开本机的内容</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Open the menu</source>
        <translation>打开菜单</translation>
    </message>
    <message>
        <source>Profile and memories…</source>
        <translation>个人资料与记忆…</translation>
    </message>
    <message>
        <source>Clouds…</source>
        <translation>云端模型…</translation>
    </message>
</context>
<context>
    <name>MessageEditor</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>MessageFrame</name>
    <message>
        <source>More about this message</source>
        <translation>此消息的更多选项</translation>
    </message>
</context>
<context>
    <name>MessagesJoin</name>
    <message>
        <source>Regenerate the answer</source>
        <translation>重新生成回答</translation>
    </message>
    <message>
        <source>Continue the answer</source>
        <translation>继续回答</translation>
    </message>
    <message>
        <source>Show what the answer took</source>
        <translation>显示回答的消耗</translation>
    </message>
    <message>
        <source>Edit the question and send it again</source>
        <translation>编辑问题并重新发送</translation>
    </message>
    <message>
        <source>Copy the message as Markdown</source>
        <translation>将消息复制为 Markdown</translation>
    </message>
    <message>
        <source>Copy the answer as plain text</source>
        <translation>将回答复制为纯文本</translation>
    </message>
    <message>
        <source>Go to the message before</source>
        <translation>转到上一条消息</translation>
    </message>
    <message>
        <source>Go to the message after</source>
        <translation>转到下一条消息</translation>
    </message>
    <message>
        <source>Previous version of the message</source>
        <translation>消息的上一版本</translation>
    </message>
    <message>
        <source>Next version of the message</source>
        <translation>消息的下一版本</translation>
    </message>
    <message>
        <source>Copy the selection</source>
        <translation>复制所选内容</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Model that steers</source>
        <translation>引导模型</translation>
    </message>
    <message>
        <source>It is shown your profile and runs on this computer only. Used from the next answer on.</source>
        <translation>它能看到你的个人资料，且只在本机运行。从下一个回答起使用。</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>A model of your own</source>
        <translation>自有模型</translation>
    </message>
    <message>
        <source>A .gguf file anywhere on this computer; the best are small ones that follow instructions.</source>
        <translation>本机上任意位置的 .gguf 文件；最好是能遵循指令的小模型。</translation>
    </message>
    <message>
        <source>Model of the demo cloud</source>
        <translation>演示云的模型</translation>
    </message>
    <message>
        <source>What the built-in cloud on this computer answers with.</source>
        <translation>本机内置的演示云用它来回答。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>An answer that gets longer is cut there and can be continued.</source>
        <translation>超出长度的回答会在此处截断，之后可以继续。</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个词元</translation>
    </message>
    <message>
        <source>Keep fast copies</source>
        <translation>保留快速副本</translation>
    </message>
    <message>
        <source>A model is converted once into the types that this computer reads fastest. Takes disk space.</source>
        <translation>将模型一次性转换为本机读取最快的格式。会占用磁盘空间。</translation>
    </message>
    <message>
        <source>When it is idle</source>
        <translation>空闲时</translation>
    </message>
    <message>
        <source>Find titles</source>
        <translation>自动拟定标题</translation>
    </message>
    <message>
        <source>After the first answer the model names the conversation, unless you have. Nothing is sent.</source>
        <translation>第一个回答之后，本地模型会为对话拟定标题，除非你已自行命名。不会发送任何内容。</translation>
    </message>
    <message>
        <source>Propose memories</source>
        <translation>建议记忆</translation>
    </message>
    <message>
        <source>What you tell about yourself is proposed as a memory, which is used only once you approve it. Nothing is sent.</source>
        <translation>你讲到的关于自己的内容会被建议为记忆，经你同意后才会使用。不会发送任何内容。</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>本机上</translation>
    </message>
    <message>
        <source>Models on this computer</source>
        <translation>本机上的模型</translation>
    </message>
    <message>
        <source>Remove copies</source>
        <translation>移除副本</translation>
    </message>
    <message>
        <source>Model files</source>
        <translation>模型文件</translation>
    </message>
    <message>
        <source>Copies can be removed at any time: they are made again when they are needed.</source>
        <translation>副本可随时移除：需要时会重新生成。</translation>
    </message>
    <message>
        <source>came with the set-up</source>
        <translation>随安装附带</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>自有</translation>
    </message>
    <message>
        <source>fast copy</source>
        <translation>快速副本</translation>
    </message>
    <message>
        <source>{name}: {size}, {kind}</source>
        <translation>{name}：{size}，{kind}</translation>
    </message>
</context>
<context>
    <name>MoreOptions</name>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Let the cloud draw</source>
        <translation>由云端抽样</translation>
    </message>
    <message>
        <source>Ask ahead</source>
        <translation>提前询问</translation>
    </message>
    <message>
        <source>On this computer only</source>
        <translation>仅在本机</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Forget the mark You</source>
        <translation>清除“你”标记</translation>
    </message>
    <message>
        <source>How much your profile counts here</source>
        <translation>个人资料在此处的权重</translation>
    </message>
    <message>
        <source>How much the local model&apos;s own words count here</source>
        <translation>本地模型自己的用词在此处的权重</translation>
    </message>
    <message>
        <source>How much the personal model counts here</source>
        <translation>个人模型在此的权重</translation>
    </message>
    <message>
        <source>Leak bits that an answer may cost</source>
        <translation>每个回答最多可泄露的比特数</translation>
    </message>
    <message>
        <source>Leak bits that a conversation may cost</source>
        <translation>整个对话最多可泄露的比特数</translation>
    </message>
    <message>
        <source>Always so</source>
        <translation>设为默认</translation>
    </message>
    <message>
        <source>Steer new conversations like this one</source>
        <translation>新对话也按此对话引导</translation>
    </message>
    <message>
        <source>As usual</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>Steer this conversation as usual</source>
        <translation>按默认方式引导此对话</translation>
    </message>
    <message>
        <source>0 always takes the likeliest word; higher values vary more.</source>
        <translation>0 始终取最可能的词；值越高，变化越多。</translation>
    </message>
    <message>
        <source>Above temperature 0 the cloud picks the words and this computer accepts or refuses them: faster, but the cloud also sees which of its words were refused.</source>
        <translation>温度高于 0 时，由云端选词，本机接受或拒绝：速度更快，但云端也会看到哪些词被拒绝。</translation>
    </message>
    <message>
        <source>Asks the cloud for its second choices beforehand: less waiting for a distant cloud, for up to one more cloud token per token of the answer. The demo cloud gets slower by it.</source>
        <translation>预先向云端询问其次选：可减少等待远程云端的时间，代价是回答的每个词元最多多用一个云端词元。演示云会因此变慢。</translation>
    </message>
    <message>
        <source>The local model answers this conversation by itself, as your personal model where you have trained one. Nothing is sent.</source>
        <translation>本对话由本地模型独自回答；若你训练过个人模型，就由它回答。不会发送任何内容。</translation>
    </message>
    <message>
        <source>Finds the strength that suits your own writing, on this computer; nothing is sent.</source>
        <translation>在本机找出适合你文字的强度；不发送任何内容。</translation>
    </message>
    <message>
        <source>Takes the mark You off the slider.</source>
        <translation>从滑块上移除“你”标记。</translation>
    </message>
    <message>
        <source>In this conversation: 1 as strong as the slider says, 0 not at all, 2 twice as strong.</source>
        <translation>在此对话中：1 为滑块所示强度，0 为不引导，2 为两倍强度。</translation>
    </message>
    <message>
        <source>In this conversation: how far words may come in that only the local model thought of; 1 as usual, 0 none.</source>
        <translation>在此对话中：只有本地模型想到的词可加入的程度；1 为默认，0 为不加入。</translation>
    </message>
    <message>
        <source>In this conversation: how far your personal model steers the cloud; 0 not at all. It has to be trained first.</source>
        <translation>在此对话中：你的个人模型对云端的引导程度；0 为完全不引导。需要先训练。</translation>
    </message>
    <message>
        <source>An answer may tell the cloud so many bits about you: the second half of them is spent with less and less steering, then it ends and the cloud goes on alone.</source>
        <translation>一个回答最多可向云端透露这么多比特的个人信息：用到后一半时引导逐渐减弱，用完后引导停止，由云端独自续写。</translation>
    </message>
    <message>
        <source>Does it help me?…</source>
        <translation>它对我有帮助吗？…</translation>
    </message>
    <message>
        <source>The same for all answers of a conversation together, those on other branches included.</source>
        <translation>同上，但按一个对话的所有回答合计，包括其他分支上的回答。</translation>
    </message>
    <message>
        <source>What was chosen for this conversation becomes usual for new ones.</source>
        <translation>将此对话的选项设为新对话的默认值。</translation>
    </message>
    <message>
        <source>Forgets what was chosen for this conversation alone.</source>
        <translation>清除仅为此对话选择的选项。</translation>
    </message>
    <message>
        <source>Leak budget: conversation</source>
        <translation>泄露预算：整个对话</translation>
    </message>
    <message>
        <source>Your profile ×</source>
        <translation>个人资料 ×</translation>
    </message>
    <message>
        <source>Own words ×</source>
        <translation>自有用词 ×</translation>
    </message>
    <message>
        <source>Personal model ×</source>
        <translation>个人模型 ×</translation>
    </message>
    <message>
        <source>Leak budget: answer</source>
        <translation>泄露预算：每个回答</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Notice</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>What can be done about it</source>
        <translation>可采取的操作</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>OpeningJoin</name>
    <message>
        <source>Your data are being encrypted, once… {percent} %</source>
        <translation>正在加密你的数据，只需这一次… {percent} %</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>What was here before could not be read, and is kept: {file}</source>
        <translation>原有数据无法读取，已保留在：{file}</translation>
    </message>
    <message>
        <source>Restore a backup…</source>
        <translation>恢复备份…</translation>
    </message>
    <message>
        <source>Enter the passphrase…</source>
        <translation>输入口令…</translation>
    </message>
    <message>
        <source>{what}… {percent} %</source>
        <translation>{what}… {percent} %</translation>
    </message>
    <message>
        <source>Your data on this computer are encrypted. Enter their passphrase to open them.</source>
        <translation>你在本机上的数据已加密。请输入口令以打开。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
</context>
<context>
    <name>PaletteJoin</name>
    <message>
        <source>Commands and conversations…</source>
        <translation>命令与对话…</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>The same again</source>
        <translation>再次输入</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>PersonalDialog</name>
    <message>
        <source>Personal model</source>
        <translation>个人模型</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>显示内容</translation>
    </message>
    <message>
        <source>What it learns from</source>
        <translation>学习内容</translation>
    </message>
    <message>
        <source>More like them</source>
        <translation>更多类似文本</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>PersonalJoin</name>
    <message>
        <source>Personal model…</source>
        <translation>个人模型…</translation>
    </message>
    <message>
        <source>Texts that you wrote</source>
        <translation>你写的文字</translation>
    </message>
    <message>
        <source>Texts ({patterns})</source>
        <translation>文本 ({patterns})</translation>
    </message>
    <message>
        <source>A mailbox</source>
        <translation>邮箱</translation>
    </message>
    <message>
        <source>Mailboxes (*.mbox *)</source>
        <translation>邮箱 (*.mbox *)</translation>
    </message>
    <message>
        <source>An export of another chat</source>
        <translation>其他聊天应用的导出文件</translation>
    </message>
    <message>
        <source>Exports (*.zip *.json)</source>
        <translation>导出文件 (*.zip *.json)</translation>
    </message>
    <message>
        <source>Questions in LaMP&apos;s format</source>
        <translation>LaMP 格式的问题</translation>
    </message>
    <message>
        <source>Questions (*.json)</source>
        <translation>问题 (*.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>The e-mail address that you write from:</source>
        <translation>你发信所用的电子邮件地址：</translation>
    </message>
    <message>
        <source>Your e-mail address</source>
        <translation>你的电子邮件地址</translation>
    </message>
    <message>
        <source>One new text.</source>
        <translation>新增一篇文本。</translation>
    </message>
    <message>
        <source>{count} new texts.</source>
        <translation>新增 {count} 篇文本。</translation>
    </message>
    <message>
        <source>Nothing new was found.</source>
        <translation>没有发现新内容。</translation>
    </message>
    <message>
        <source>{count} say too little, or the same as others.</source>
        <translation>另有 {count} 篇内容太少或与其他重复。</translation>
    </message>
    <message>
        <source>Forgotten.</source>
        <translation>已忘记。</translation>
    </message>
    <message>
        <source>Forgotten, with the adapters that had learnt from it. Train again for one that has not.</source>
        <translation>已忘记，从中学习过的适配器也已删除。重新训练即可得到没有学过它的适配器。</translation>
    </message>
    <message>
        <source>One text that was made from it went, too.</source>
        <translation>由它生成的一段文本也一并删除。</translation>
    </message>
    <message>
        <source>{count} texts that were made from it went, too.</source>
        <translation>由它生成的 {count} 段文本也一并删除。</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>偏好</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>显示内容</translation>
    </message>
    <message>
        <source>Sliders</source>
        <translation>滑块</translation>
    </message>
    <message>
        <source>What you chose</source>
        <translation>你的选择</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>PreferencesJoin</name>
    <message>
        <source>Preferences…</source>
        <translation>偏好…</translation>
    </message>
    <message>
        <source>“{text}” was removed.</source>
        <translation>已移除“{text}”。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>It was taken back.</source>
        <translation>已收回。</translation>
    </message>
    <message>
        <source>It is all in {file}.</source>
        <translation>全部内容已保存到 {file}。</translation>
    </message>
    <message>
        <source>Export what you chose</source>
        <translation>导出你的选择</translation>
    </message>
    <message>
        <source>A JSON object a line (*.jsonl)</source>
        <translation>每行一个 JSON 对象 (*.jsonl)</translation>
    </message>
</context>
<context>
    <name>PriceFields</name>
    <message>
        <source>Price of a million tokens of prompts</source>
        <translation>每百万提示词词元的价格</translation>
    </message>
    <message>
        <source>for prompts,</source>
        <translation>提示词，</translation>
    </message>
    <message>
        <source>Price of a million tokens of answers</source>
        <translation>每百万回答词元的价格</translation>
    </message>
    <message>
        <source>for answers, in</source>
        <translation>回答，货币为</translation>
    </message>
    <message>
        <source>Currency of the prices</source>
        <translation>价格的货币</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Enter both prices, or neither; 0 is for what costs nothing.</source>
        <translation>请填写两个价格，或都不填；免费则填 0。</translation>
    </message>
    <message>
        <source>Enter the currency of the prices, such as {currency}.</source>
        <translation>请填写价格的货币，例如 {currency}。</translation>
    </message>
    <message>
        <source>For a million tokens each. Where they are not known, only tokens are counted.</source>
        <translation>均为每百万词元的价格。价格未知时只统计词元。</translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>Privacy</source>
        <translation>隐私</translation>
    </message>
    <message>
        <source>What is never sent</source>
        <translation>绝不发送的内容</translation>
    </message>
    <message>
        <source>Preview a report…</source>
        <translation>预览报告…</translation>
    </message>
    <message>
        <source>Error reports</source>
        <translation>错误报告</translation>
    </message>
    <message>
        <source>Off: nothing is ever reported by itself. You can look at a report and pass it on yourself.</source>
        <translation>关闭：绝不自动报告任何内容。你可以查看报告并自行转交。</translation>
    </message>
    <message>
        <source>Usage figures and updates</source>
        <translation>使用统计与更新</translation>
    </message>
    <message>
        <source>There are none: no figures are collected, and no server is asked for updates.</source>
        <translation>无：不收集任何统计数据，也不向任何服务器查询更新。</translation>
    </message>
    <message>
        <source>Private words in what you send</source>
        <translation>发送内容中的私密词语</translation>
    </message>
    <message>
        <source>Ask me each time</source>
        <translation>每次询问</translation>
    </message>
    <message>
        <source>Replace it without asking</source>
        <translation>直接替换，不询问</translation>
    </message>
    <message>
        <source>Do not send the message</source>
        <translation>不发送该消息</translation>
    </message>
    <message>
        <source>When something private is found</source>
        <translation>发现私密内容时</translation>
    </message>
    <message>
        <source>In your question, in earlier messages, in documents you send and in what may be sent of you.</source>
        <translation>在你的提问、先前的消息、你发送的文档以及允许发送的个人资料中。</translation>
    </message>
    <message>
        <source>What is done without asking</source>
        <translation>无需询问的处理</translation>
    </message>
    <message>
        <source>What you decided for all conversations. Conversations that have decided keep to that.</source>
        <translation>你为所有对话作出的决定。已自行决定的对话保持不变。</translation>
    </message>
    <message>
        <source>What steering may give away</source>
        <translation>引导可泄露的内容</translation>
    </message>
    <message>
        <source>Leak budget of an answer</source>
        <translation>每个回答的泄露预算</translation>
    </message>
    <message>
        <source>How many bits about you an answer may tell the cloud by how it is steered; then steering ends. A conversation may have its own: More, below the strength.</source>
        <translation>一个回答可通过引导向云端透露多少比特关于你的信息；用完后引导即停止。每个对话可单独设定：见强度滑块下方的“更多”。</translation>
    </message>
    <message>
        <source>Leak budget of a conversation</source>
        <translation>每个对话的泄露预算</translation>
    </message>
    <message>
        <source>The same for all answers of a conversation together.</source>
        <translation>同上，但按一个对话的所有回答合计。</translation>
    </message>
    <message>
        <source>Not all of these are found: {packages} is not installed.</source>
        <translation>无法找到全部此类内容：未安装 {packages}。</translation>
    </message>
    <message>
        <source>Find card numbers</source>
        <translation>查找银行卡号</translation>
    </message>
    <message>
        <source>Numbers of credit and debit cards.</source>
        <translation>信用卡和借记卡的卡号。</translation>
    </message>
    <message>
        <source>Find bank accounts</source>
        <translation>查找银行账户</translation>
    </message>
    <message>
        <source>International account numbers (IBAN).</source>
        <translation>国际银行账号（IBAN）。</translation>
    </message>
    <message>
        <source>Find numbers of persons</source>
        <translation>查找个人证件号码</translation>
    </message>
    <message>
        <source>Social security, tax and identity numbers of twenty countries.</source>
        <translation>二十个国家的社会保险号、税号和身份证号。</translation>
    </message>
    <message>
        <source>Find wallets</source>
        <translation>查找钱包</translation>
    </message>
    <message>
        <source>Addresses of Bitcoin and Ethereum wallets.</source>
        <translation>比特币和以太坊钱包的地址。</translation>
    </message>
    <message>
        <source>Find e-mail addresses</source>
        <translation>查找电子邮件地址</translation>
    </message>
    <message>
        <source>Addresses of mailboxes.</source>
        <translation>邮箱的地址。</translation>
    </message>
    <message>
        <source>Find telephone numbers</source>
        <translation>查找电话号码</translation>
    </message>
    <message>
        <source>With their country code, and those of your country without it.</source>
        <translation>带国家代码的号码，以及你所在国家不带国家代码的号码。</translation>
    </message>
    <message>
        <source>Find internet addresses</source>
        <translation>查找互联网地址</translation>
    </message>
    <message>
        <source>IP addresses, but for those of home networks.</source>
        <translation>IP 地址，家庭网络的地址除外。</translation>
    </message>
</context>
<context>
    <name>PrivacyPanel</name>
    <message>
        <source>What is being exchanged with the cloud</source>
        <translation>与云端交换的内容</translation>
    </message>
    <message>
        <source>Private words the answer gave away</source>
        <translation>回答泄露的私密词语</translation>
    </message>
    <message>
        <source>Requests of this answer</source>
        <translation>此回答的请求</translation>
    </message>
    <message>
        <source>Nothing has been sent for this answer.</source>
        <translation>未为此回答发送任何内容。</translation>
    </message>
    <message>
        <source>The month</source>
        <translation>每月明细</translation>
    </message>
    <message>
        <source>What left this computer, day by day</source>
        <translation>离开本机的内容（按日）</translation>
    </message>
    <message>
        <source>What the cloud knows</source>
        <translation>云端所知</translation>
    </message>
    <message>
        <source>Every string that was ever sent, to be searched</source>
        <translation>发送过的每个字符串，可供搜索</translation>
    </message>
    <message>
        <source>Nothing is being exchanged with the cloud right now.</source>
        <translation>目前未与云端交换任何内容。</translation>
    </message>
    <message>
        <source>Since the start: {requests}, {up} sent, {down} received</source>
        <translation>启动以来：{requests}，发送 {up}，接收 {down}</translation>
    </message>
    <message>
        <source>{count} request</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>{count} requests</source>
        <translation>{count} 个请求</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Steering has ended: the leak budget of this answer is used up.</source>
        <translation>引导已停止：本次回答的泄露预算已用完。</translation>
    </message>
    <message>
        <source>Steering has ended: the leak budget of the conversation is used up.</source>
        <translation>引导已停止：本对话的泄露预算已用完。</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation>发送的词元</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Round trips</source>
        <translation>往返次数</translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation>泄露比特</translation>
    </message>
    <message>
        <source>Leak bits of the conversation</source>
        <translation>对话的泄露比特</translation>
    </message>
    <message>
        <source>What left this computer for this answer, as bytes on the wire</source>
        <translation>为此回答离开本机的内容，按网络传输字节计</translation>
    </message>
    <message>
        <source>What the cloud sent back for this answer, as bytes on the wire</source>
        <translation>云端为此回答返回的内容，按网络传输字节计</translation>
    </message>
    <message>
        <source>Pieces of the answer&apos;s text that the cloud was told, because it must go on behind them</source>
        <translation>告知云端的回答文本片段，因为它须在其后续写</translation>
    </message>
    <message>
        <source>How often the cloud was asked anew: at first, and after every changed word</source>
        <translation>重新询问云端的次数：开始一次，之后每改变一个词一次</translation>
    </message>
    <message>
        <source>An upper bound on what the cloud learns about your profile from such answers, on average, in bits: the words that steering moved tell it something</source>
        <translation>云端从此类回答中平均能获知的个人资料信息的上限，以比特计：引导改变的词会透露一些信息</translation>
    </message>
    <message>
        <source>The leak bits of all its answers, those on other branches included</source>
        <translation>所有回答的泄露比特，包括其他分支上的回答</translation>
    </message>
    <message>
        <source>Every message to the cloud, those included that only count tokens</source>
        <translation>发往云端的每条消息，包括仅用于统计词元的消息</translation>
    </message>
    <message>
        <source>This answer</source>
        <translation>此回答</translation>
    </message>
    <message>
        <source>Requests of this answer (the newest {listed} of {total})</source>
        <translation>此回答的请求（最新 {listed} 个，共 {total} 个）</translation>
    </message>
</context>
<context>
    <name>PrivateWordsPage</name>
    <message>
        <source>Private words</source>
        <translation>私密词语</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Nothing here yet; write below.</source>
        <translation>这里还没有内容；请在下方填写。</translation>
    </message>
    <message>
        <source>Kind of word</source>
        <translation>词语类型</translation>
    </message>
    <message>
        <source>A name, an address, a code</source>
        <translation>姓名、地址或代码</translation>
    </message>
    <message>
        <source>Private word</source>
        <translation>私密词语</translation>
    </message>
    <message>
        <source>These never leave, single words too: where one stands in what you send, something stands for it, and in the answer you see your own word again.</source>
        <translation>这些内容绝不会离开本机，单个词语也不例外：发送的内容中若出现，会以占位符代替；在回答中，你看到的仍是自己的原词。</translation>
    </message>
    <message>
        <source>{kind}: {text}</source>
        <translation>{kind}：{text}</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
</context>
<context>
    <name>ProfileEditor</name>
    <message>
        <source>Profile and memories</source>
        <translation>个人资料与记忆</translation>
    </message>
    <message>
        <source>Search in all of it</source>
        <translation>搜索全部内容</translation>
    </message>
    <message>
        <source>Search in the profile and the memories</source>
        <translation>搜索个人资料和记忆</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Take the entries of a profile file</source>
        <translation>导入个人资料文件中的条目</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Write all of it to a profile file</source>
        <translation>将全部内容写入个人资料文件</translation>
    </message>
    <message>
        <source>Kind of entry</source>
        <translation>条目类型</translation>
    </message>
    <message>
        <source>Private words</source>
        <translation>私密词语</translation>
    </message>
    <message>
        <source>“{text}” was removed.</source>
        <translation>已移除“{text}”。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>{title} ({count}, {proposed} proposed)</source>
        <translation>{title}（{count}，{proposed} 条待确认）</translation>
    </message>
    <message>
        <source>{title} ({count})</source>
        <translation>{title}（{count}）</translation>
    </message>
    <message>
        <source>Let my earlier messages steer, too</source>
        <translation>也用我之前的消息引导</translation>
    </message>
    <message>
        <source>What you wrote in other conversations may then colour answers; the cloud sees those answers.</source>
        <translation>开启后，你在其他对话中写的内容可能影响回答；云端能看到这些回答。</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>事实</translation>
    </message>
    <message>
        <source>Something true about you, such as where you live or what you do.</source>
        <translation>关于你的真实情况，例如住在哪里、从事什么工作。</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>风格</translation>
    </message>
    <message>
        <source>What steers stays on this computer: the cloud is not shown it, it sees the words of the answers, and what these give away is listed in the main window. What may be sent is told to the cloud.</source>
        <translation>用于引导的内容留在本机：云端看不到，它只能看到回答的文字，其中泄露的内容会列在主窗口中。可发送的内容会告知云端。</translation>
    </message>
    <message>
        <source>How you like to write or be answered: short, warm, with examples.</source>
        <translation>你喜欢的写作或回答方式：简短、亲切、带例子。</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Anything else worth knowing, such as what you are working on.</source>
        <translation>其他值得了解的事，例如你正在做什么。</translation>
    </message>
    <message>
        <source>Memories</source>
        <translation>记忆</translation>
    </message>
    <message>
        <source>Something to remember from earlier conversations.</source>
        <translation>需要记住的以往对话内容。</translation>
    </message>
</context>
<context>
    <name>ProfileJoin</name>
    <message>
        <source>Import a profile</source>
        <translation>导入个人资料</translation>
    </message>
    <message>
        <source>Profiles (*.toml *.json *.txt *.md)</source>
        <translation>个人资料 (*.toml *.json *.txt *.md)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Add the entries of {file} to your profile, or replace it?</source>
        <translation>将 {file} 中的条目添加到个人资料，还是替换现有个人资料？</translation>
    </message>
    <message>
        <source>Replacing removes all facts, style and notes there are. Memories stay.</source>
        <translation>替换会移除现有的所有事实、风格和备注。记忆会保留。</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Export the profile</source>
        <translation>导出个人资料</translation>
    </message>
    <message>
        <source>Profiles (*.toml)</source>
        <translation>个人资料 (*.toml)</translation>
    </message>
</context>
<context>
    <name>ProfileSectionModel</name>
    <message>
        <source>{text} ({standing})</source>
        <translation>{text}（{standing}）</translation>
    </message>
    <message>
        <source>Proposed: not used until you approve it</source>
        <translation>待确认：在你同意之前不会使用</translation>
    </message>
    <message>
        <source>Refused: not used, kept so that it is not proposed again</source>
        <translation>已拒绝：不会使用，保留是为了不再提议</translation>
    </message>
    <message>
        <source>May be sent, but is not: it holds a text that must not leave</source>
        <translation>可发送，但未发送：其中含有不得离开本机的文字</translation>
    </message>
</context>
<context>
    <name>ProfileViewModel</name>
    <message>
        <source>Taken from {file}: {count}. They steer on this computer; change below what should not.</source>
        <translation>已从 {file} 导入 {count} 条。它们会在本机引导；不应引导的请在下方更改。</translation>
    </message>
    <message>
        <source>Your profile is in {file}, readable by anybody who opens it.</source>
        <translation>个人资料已保存到 {file}，任何打开该文件的人都能阅读。</translation>
    </message>
</context>
<context>
    <name>ProtectionJoin</name>
    <message>
        <source>Where shall the new key be kept?</source>
        <translation>新密钥保存在哪里？</translation>
    </message>
    <message>
        <source>In {name}, nothing is asked at a start. A passphrase of yours is asked for at each start, and is kept nowhere.</source>
        <translation>保存在 {name} 中，启动时不会询问。你自己的口令则在每次启动时询问，且不会保存在任何地方。</translation>
    </message>
    <message>
        <source>A passphrase…</source>
        <translation>口令…</translation>
    </message>
    <message>
        <source>Leave your data unencrypted?</source>
        <translation>不再加密你的数据？</translation>
    </message>
    <message>
        <source>Whoever gets at this disk, or at a copy of it, can read all of them.</source>
        <translation>任何拿到这块磁盘或其副本的人都能读取全部数据。</translation>
    </message>
    <message>
        <source>Decrypt</source>
        <translation>解密</translation>
    </message>
    <message>
        <source>Choose a passphrase for your data on this computer. It is asked for at each start and kept nowhere: without it, nobody can read them any more, nor can you.</source>
        <translation>请为你在本机上的数据设定口令。每次启动时都会询问，且不会保存在任何地方：没有口令，任何人都无法再读取这些数据，你也不例外。</translation>
    </message>
    <message>
        <source>Encrypt</source>
        <translation>加密</translation>
    </message>
    <message>
        <source>Where to write the backup</source>
        <translation>备份的写入位置</translation>
    </message>
    <message>
        <source>Choose a passphrase for the backup. It need not be that of your data, and is kept nowhere: without it, the backup is worth nothing.</source>
        <translation>请为备份设定口令。它不必与你的数据的口令相同，也不会保存在任何地方：没有口令，备份就毫无用处。</translation>
    </message>
    <message>
        <source>Back up</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>An answer is being written; stop it, then restore the backup.</source>
        <translation>正在撰写回答；请先停止，再恢复备份。</translation>
    </message>
    <message>
        <source>{what}… {percent} %</source>
        <translation>{what}… {percent} %</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The backup is restored. CoSteer closes now; start it again.</source>
        <translation>备份已恢复。CoSteer 现在将关闭；请重新启动。</translation>
    </message>
    <message>
        <source>What was here before could not be read, and is kept: {file}</source>
        <translation>原有数据无法读取，已保留在：{file}</translation>
    </message>
</context>
<context>
    <name>ProtectionRows</name>
    <message>
        <source>What is stored on this computer</source>
        <translation>保存在本机的数据</translation>
    </message>
    <message>
        <source>Encrypt…</source>
        <translation>加密…</translation>
    </message>
    <message>
        <source>Another key…</source>
        <translation>更换密钥…</translation>
    </message>
    <message>
        <source>Encryption</source>
        <translation>加密</translation>
    </message>
    <message>
        <source>Back up…</source>
        <translation>备份…</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>Conversations, profile, memories and the record of what was sent, in one encrypted file with a passphrase of its own. The keys of your clouds are not in it.</source>
        <translation>对话、个人资料、记忆和发送账本，存入一个加密文件，使用单独的口令。其中不含云端模型的密钥。</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>恢复…</translation>
    </message>
    <message>
        <source>Restore a backup</source>
        <translation>恢复备份</translation>
    </message>
    <message>
        <source>What is in the backup takes the place of what is here now. It is checked first.</source>
        <translation>备份中的内容将取代本机现有的内容。恢复前会先检查备份。</translation>
    </message>
    <message>
        <source>Decrypt…</source>
        <translation>解密…</translation>
    </message>
    <message>
        <source>a keychain</source>
        <translation>钥匙串</translation>
    </message>
    <message>
        <source>Your data are encrypted. The key is in {name}.</source>
        <translation>你的数据已加密。密钥保存在 {name} 中。</translation>
    </message>
    <message>
        <source>Your data are encrypted. Your passphrase is asked for at each start.</source>
        <translation>你的数据已加密。每次启动时询问你的口令。</translation>
    </message>
    <message>
        <source>Your data are not encrypted, as you wished. Whoever gets at this disk can read them.</source>
        <translation>按你的意愿，你的数据未加密。任何拿到这块磁盘的人都能读取。</translation>
    </message>
    <message>
        <source>Your data are not encrypted yet. The next start does it, with a key in {name}.</source>
        <translation>你的数据尚未加密。下次启动时会加密，密钥保存在 {name} 中。</translation>
    </message>
    <message>
        <source>Your data are not encrypted, because this computer offers no keychain for the key. Choose a passphrase to encrypt them with; until then, whoever gets at this disk can read them.</source>
        <translation>你的数据未加密，因为本机没有可存放密钥的钥匙串。请设定用于加密的口令；在此之前，任何拿到这块磁盘的人都能读取。</translation>
    </message>
</context>
<context>
    <name>QuestionWidget</name>
    <message>
        <source>You said</source>
        <translation>你说</translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation>编辑并重新发送</translation>
    </message>
    <message>
        <source>Copy the question</source>
        <translation>复制问题</translation>
    </message>
    <message>
        <source>Question {number} of {count}</source>
        <translation>第 {number} 个问题，共 {count} 个</translation>
    </message>
    <message>
        <source>Your question, to be changed</source>
        <translation>待修改的问题</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Ask this instead (Ctrl+Enter); the first version stays reachable</source>
        <translation>改问此问题 (Ctrl+Enter)；原版本仍可查看</translation>
    </message>
    <message>
        <source>Leave the question as it is (Esc)</source>
        <translation>保持问题不变 (Esc)</translation>
    </message>
</context>
<context>
    <name>RecordsDialog</name>
    <message>
        <source>What left this computer</source>
        <translation>离开本机的内容</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>显示内容</translation>
    </message>
    <message>
        <source>Day by day</source>
        <translation>按日</translation>
    </message>
    <message>
        <source>What the cloud knows of you</source>
        <translation>云端对你的了解</translation>
    </message>
</context>
<context>
    <name>RecordsJoin</name>
    <message>
        <source>What left this computer, day by day…</source>
        <translation>离开本机的内容（按日）…</translation>
    </message>
    <message>
        <source>What the cloud knows of me…</source>
        <translation>云端对我的了解…</translation>
    </message>
    <message>
        <source>Everything that was sent is listed in {file}.</source>
        <translation>发送过的一切内容已列在 {file} 中。</translation>
    </message>
    <message>
        <source>Export what was sent</source>
        <translation>导出已发送的内容</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>文本 (*.txt)</translation>
    </message>
</context>
<context>
    <name>RememberedChoices</name>
    <message>
        <source>What is done without asking</source>
        <translation>无需询问的处理</translation>
    </message>
    <message>
        <source>Nothing has been decided for all conversations yet.</source>
        <translation>尚未为所有对话作出任何决定。</translation>
    </message>
    <message>
        <source>Send as it is</source>
        <translation>原样发送</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>再次询问</translation>
    </message>
    <message>
        <source>“{text}” is sent as it is</source>
        <translation>“{text}”按原样发送</translation>
    </message>
    <message>
        <source>“{text}” is replaced</source>
        <translation>“{text}”会被替换</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Report a problem</source>
        <translation>报告问题</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>What did you do, what did you expect, and what happened instead?</source>
        <translation>你做了什么，期望什么，实际发生了什么？</translation>
    </message>
    <message>
        <source>The report in full</source>
        <translation>完整报告</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copied. Paste it where you report the problem.</source>
        <translation>已复制。请粘贴到报告问题的地方。</translation>
    </message>
    <message>
        <source>Nothing of this is sent. Read it, cut out what you do not want to tell, then copy or save it and pass it on yourself. Lines with private texts and the names of files, hosts and yours were taken out.</source>
        <translation>以下内容不会发送。请阅读，删去不想透露的部分，然后复制或保存，自行转交。含私密文字的行，以及文件名、主机名和你的名字已被移除。</translation>
    </message>
</context>
<context>
    <name>ReportJoin</name>
    <message>
        <source>Report a problem…</source>
        <translation>报告问题…</translation>
    </message>
    <message>
        <source>Where to save the report</source>
        <translation>报告保存位置</translation>
    </message>
    <message>
        <source>Saved in {file}.</source>
        <translation>已保存到 {file}。</translation>
    </message>
</context>
<context>
    <name>RequestListModel</name>
    <message>
        <source>{number}. {time}  ↑{up} ↓{down}  {name}</source>
        <translation>{number}. {time}  ↑{up} ↓{down}  {name}</translation>
    </message>
    <message>
        <source>…</source>
        <translation>…</translation>
    </message>
    <message>
        <source>Request {number} at {time} to {name}: {up} sent, {down} received</source>
        <translation>{time} 发往 {name} 的第 {number} 个请求：发送 {up}，接收 {down}</translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation>尚无</translation>
    </message>
</context>
<context>
    <name>RestoreQuestions</name>
    <message>
        <source>The backup to restore</source>
        <translation>要恢复的备份</translation>
    </message>
    <message>
        <source>Enter the passphrase of the backup. What is in it takes the place of what is here now, which is then gone.</source>
        <translation>请输入备份的口令。备份中的内容将取代本机现有的内容，现有内容随之消失。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Choose a passphrase for your data on this computer. It is asked for at each start and kept nowhere: without it, nobody can read them any more, nor can you.</source>
        <translation>请为你在本机上的数据设定口令。每次启动时都会询问，且不会保存在任何地方：没有口令，任何人都无法再读取这些数据，你也不例外。</translation>
    </message>
</context>
<context>
    <name>SearchJoin</name>
    <message>
        <source>Search in all conversations</source>
        <translation>搜索所有对话</translation>
    </message>
</context>
<context>
    <name>SearchModel</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>{title}, {when}: {text}</source>
        <translation>{title}，{when}：{text}</translation>
    </message>
</context>
<context>
    <name>SectionPage</name>
    <message>
        <source>Nothing here yet; write below.</source>
        <translation>暂无内容；请在下方填写。</translation>
    </message>
    <message>
        <source>Text of the entry</source>
        <translation>条目文本</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Nothing was found.</source>
        <translation>未找到任何内容。</translation>
    </message>
    <message>
        <source>Kind of fact</source>
        <translation>事实类型</translation>
    </message>
    <message>
        <source>Anything</source>
        <translation>不分类</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Show the message</source>
        <translation>显示消息</translation>
    </message>
    <message>
        <source>The message that it was taken from</source>
        <translation>提取此记忆的消息</translation>
    </message>
    <message>
        <source>Save change</source>
        <translation>保存更改</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Write something first</source>
        <translation>请先填写内容</translation>
    </message>
    <message>
        <source>Choose a row to say what becomes of it.</source>
        <translation>选择一行，再决定如何处理。</translation>
    </message>
</context>
<context>
    <name>SectionsModel</name>
    <message>
        <source>{title}, {count}, folded</source>
        <translation>{title}，{count}，已折叠</translation>
    </message>
    <message>
        <source>{title}, {count}, unfolded</source>
        <translation>{title}，{count}，已展开</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>正在撰写…</translation>
    </message>
    <message>
        <source>{title}, {when}</source>
        <translation>{title}，{when}</translation>
    </message>
    <message>
        <source>Temporary, kept nowhere</source>
        <translation>临时，不作任何保存</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>已置顶</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>更早</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Reset: {name}</source>
        <translation>重置：{name}</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>设置页面</translation>
    </message>
    <message>
        <source>No setting holds these words; try fewer.</source>
        <translation>没有包含这些词的设置；请减少关键词。</translation>
    </message>
</context>
<context>
    <name>SettingsJoin</name>
    <message>
        <source>Settings…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>放大文字</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>缩小文字</translation>
    </message>
    <message>
        <source>Text in its usual size</source>
        <translation>恢复文字大小</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>浅色或深色</translation>
    </message>
    <message>
        <source>A model file</source>
        <translation>模型文件</translation>
    </message>
    <message>
        <source>Models ({patterns})</source>
        <translation>模型 ({patterns})</translation>
    </message>
    <message>
        <source>Delete everything that CoSteer keeps on this computer?</source>
        <translation>删除 CoSteer 在本机保存的所有内容？</translation>
    </message>
    <message>
        <source>All conversations, your profile and memories, the keys of your clouds, settings, models you added, the record of what was sent and the backups you made here are removed for good. The application ends.</source>
        <translation>所有对话、你的个人资料和记忆、云端模型的密钥、设置、你添加的模型、发送账本以及你在此制作的备份都将永久删除。应用随后退出。</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>This cannot be undone. Delete all of it now?</source>
        <translation>此操作无法撤销。现在全部删除？</translation>
    </message>
    <message>
        <source>Delete everything</source>
        <translation>全部删除</translation>
    </message>
    <message>
        <source>Some backups are not where they were made, and are not deleted.</source>
        <translation>有些备份已不在当初写入的位置，未被删除。</translation>
    </message>
</context>
<context>
    <name>ShortcutsPage</name>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>全部重置</translation>
    </message>
    <message>
        <source>All shortcuts</source>
        <translation>所有快捷键</translation>
    </message>
    <message>
        <source>Click a field and press the keys you want; the cross leaves the command without keys.</source>
        <translation>点击输入框并按下所需按键；点击叉号可清除该命令的按键。</translation>
    </message>
    <message>
        <source>Keys for: {title}</source>
        <translation>快捷键：{title}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>No keys for: {title}</source>
        <translation>清除快捷键：{title}</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search in all conversations</source>
        <translation>搜索所有对话</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>搜索结果</translation>
    </message>
    <message>
        <source>Your conversations will be listed here, the newest first.</source>
        <translation>你的对话将列在这里，最新的在前。</translation>
    </message>
    <message>
        <source>Nothing was found.</source>
        <translation>未找到任何内容。</translation>
    </message>
    <message>
        <source>Profile and memories</source>
        <translation>个人资料与记忆</translation>
    </message>
    <message>
        <source>What steering knows about you</source>
        <translation>引导所了解的你</translation>
    </message>
    <message>
        <source>{count} memory proposed</source>
        <translation>有 {count} 条建议的记忆</translation>
    </message>
    <message>
        <source>{count} memories proposed</source>
        <translation>有 {count} 条建议的记忆</translation>
    </message>
    <message>
        <source>Not used until you approve it</source>
        <translation>经你同意后才会使用</translation>
    </message>
</context>
<context>
    <name>SteeringBar</name>
    <message>
        <source>Steering</source>
        <translation>引导</translation>
    </message>
    <message>
        <source>Steer answers towards my profile</source>
        <translation>按我的个人资料引导回答</translation>
    </message>
    <message>
        <source>Off: the answer is the cloud&apos;s own</source>
        <translation>关闭：回答完全出自云端</translation>
    </message>
    <message>
        <source>Show steering</source>
        <translation>显示引导</translation>
    </message>
    <message>
        <source>Show which words steering changed</source>
        <translation>显示被引导改变的词语</translation>
    </message>
    <message>
        <source>Orange: changed by steering, the stronger the further.</source>
        <translation>橙色：被引导改变，颜色越深，改变越大。</translation>
    </message>
    <message>
        <source>{meaning} Hover a word for the cloud&apos;s choice.</source>
        <translation>{meaning}将鼠标停在词上可查看云端的选择。</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>More about how answers are written</source>
        <translation>更多撰写选项</translation>
    </message>
    <message>
        <source>Temperature, drawing, asking ahead, and the strength that fits you</source>
        <translation>温度、抽样、提前询问，以及适合你的强度</translation>
    </message>
    <message>
        <source>For this conversation alone</source>
        <translation>仅限此对话</translation>
    </message>
</context>
<context>
    <name>StoragePage</name>
    <message>
        <source>Storage</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Where your data lies</source>
        <translation>数据位置</translation>
    </message>
    <message>
        <source>How much there is</source>
        <translation>数据大小</translation>
    </message>
    <message>
        <source>Empty the bin</source>
        <translation>清空回收站</translation>
    </message>
    <message>
        <source>Deleted conversations</source>
        <translation>已删除的对话</translation>
    </message>
    <message>
        <source>Delete everything…</source>
        <translation>全部删除…</translation>
    </message>
    <message>
        <source>Delete everything</source>
        <translation>全部删除</translation>
    </message>
    <message>
        <source>Conversations, profile, memories, keys, settings, models you added, the record of what was sent, backups made here: all of it, for good. What clouds have received they keep.</source>
        <translation>对话、个人资料、记忆、密钥、设置、你添加的模型、发送账本、在此制作的备份：全部永久删除。云端已收到的内容仍由其保留。</translation>
    </message>
    <message>
        <source>{total} in all
Conversations and profile: {conversations}
Models you added: {models}
Copies of models and other things that can be made again: {cache}
Logs: {logs}</source>
        <translation>共 {total}
对话和个人资料：{conversations}
你添加的模型：{models}
模型副本及其他可重新生成的内容：{cache}
日志：{logs}</translation>
    </message>
    <message>
        <source>{count} conversation in the bin.</source>
        <translation>回收站中有 {count} 个对话。</translation>
    </message>
    <message>
        <source>{count} conversations in the bin.</source>
        <translation>回收站中有 {count} 个对话。</translation>
    </message>
    <message>
        <source>{many} What has been there for {days} days is deleted for good.</source>
        <translation>{many}超过 {days} 天的对话会被永久删除。</translation>
    </message>
    <message>
        <source>The bin is empty.</source>
        <translation>回收站为空。</translation>
    </message>
</context>
<context>
    <name>StrengthChart</name>
    <message>
        <source>Bits a token of your texts, by strength.</source>
        <translation>你的文字在各强度下每个词元的比特数。</translation>
    </message>
    <message>
        <source>{said} The cloud alone: {alone}. The least: {least}, at strength {strength}.</source>
        <translation>{said} 仅云端：{alone}。最小：{least}，强度为 {strength}。</translation>
    </message>
    <message>
        <source>Bits a token by strength; less is nearer to you</source>
        <translation>各强度下每个词元的比特数；越小越接近你</translation>
    </message>
    <message>
        <source>the cloud alone</source>
        <translation>仅云端</translation>
    </message>
</context>
<context>
    <name>StrengthSlider</name>
    <message>
        <source>Steering strength</source>
        <translation>引导强度</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>轻度</translation>
    </message>
    <message>
        <source>CoSteer</source>
        <translation>CoSteer</translation>
    </message>
    <message>
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>{name}: strength {value}</source>
        <translation>{name}：强度 {value}</translation>
    </message>
</context>
<context>
    <name>TextView</name>
    <message>
        <source>… and {count} more characters</source>
        <translation>… 还有 {count} 个字符</translation>
    </message>
    <message>
        <source>The cloud sees {placeholder}</source>
        <translation>云端看到的是 {placeholder}</translation>
    </message>
</context>
<context>
    <name>Thumbs</name>
    <message>
        <source>Good answer</source>
        <translation>好的回答</translation>
    </message>
    <message>
        <source>Bad answer</source>
        <translation>差的回答</translation>
    </message>
</context>
<context>
    <name>TimelinePage</name>
    <message>
        <source>The month before</source>
        <translation>上个月</translation>
    </message>
    <message>
        <source>The month after</source>
        <translation>下个月</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>月份</translation>
    </message>
    <message>
        <source>What the bars show</source>
        <translation>柱形图内容</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Tokens sent</source>
        <translation>发送的词元</translation>
    </message>
    <message>
        <source>Leak bits</source>
        <translation>泄露比特</translation>
    </message>
    <message>
        <source>Cloud</source>
        <translation>云端模型</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Report of the month…</source>
        <translation>本月报告…</translation>
    </message>
    <message>
        <source>Requests of the day</source>
        <translation>当日请求</translation>
    </message>
    <message>
        <source>Choose a request to read it.</source>
        <translation>选择一个请求以查看。</translation>
    </message>
    <message>
        <source>Days of the month in figures</source>
        <translation>当月每日数据</translation>
    </message>
    <message>
        <source>All clouds</source>
        <translation>所有云端模型</translation>
    </message>
    <message>
        <source>All purposes</source>
        <translation>所有用途</translation>
    </message>
    <message>
        <source>The newest {count} are listed.</source>
        <translation>列出最新的 {count} 个。</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Laying out the conversation</source>
        <translation>编排对话</translation>
    </message>
    <message>
        <source>Counting tokens</source>
        <translation>统计词元</translation>
    </message>
    <message>
        <source>Testing a cloud</source>
        <translation>测试云端模型</translation>
    </message>
    <message>
        <source>Material for preferences</source>
        <translation>偏好学习的素材</translation>
    </message>
    <message>
        <source>Texts for the personal model</source>
        <translation>个人模型的文本</translation>
    </message>
    <message>
        <source>Refused: not announced</source>
        <translation>已拒绝：未经声明</translation>
    </message>
</context>
<context>
    <name>TrainingPage</name>
    <message>
        <source>Wait while the computer is busy or runs on its battery</source>
        <translation>电脑繁忙或使用电池时等待</translation>
    </message>
    <message>
        <source>How far the training is</source>
        <translation>训练进度</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Versions of the adapter</source>
        <translation>适配器的版本</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>It waits: {why}.</source>
        <translation>正在等待：{why}。</translation>
    </message>
    <message>
        <source>{told}: {figures}</source>
        <translation>{told}：{figures}</translation>
    </message>
    <message>
        <source>{model} has no adapter yet.</source>
        <translation>{model} 还没有适配器。</translation>
    </message>
    <message>
        <source>Version {number}, {when}</source>
        <translation>第 {number} 版，{when}</translation>
    </message>
    <message>
        <source>{told} (in use)</source>
        <translation>{told}（使用中）</translation>
    </message>
    <message>
        <source>Stop using</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>TransferJoin</name>
    <message>
        <source>Import conversations…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Export all conversations…</source>
        <translation>导出所有对话…</translation>
    </message>
    <message>
        <source>Export the conversation…</source>
        <translation>导出对话…</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Exports of ChatGPT, Open WebUI and CoSteer (*.zip *.json)</source>
        <translation>ChatGPT、Open WebUI 和 CoSteer 的导出文件 (*.zip *.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Export the conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation>Markdown (*.md)</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>A folder for all conversations</source>
        <translation>存放所有对话的文件夹</translation>
    </message>
    <message>
        <source>Export all conversations as Markdown, to be read, or as JSON, to be imported again?</source>
        <translation>将所有对话导出为 Markdown（便于阅读）还是 JSON（可再次导入）？</translation>
    </message>
    <message>
        <source>Markdown</source>
        <translation>Markdown</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>{what}…</source>
        <translation>{what}…</translation>
    </message>
    <message>
        <source>{what}… {share} %</source>
        <translation>{what}… {share}%</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>{count} imported</source>
        <translation>已导入 {count} 个</translation>
    </message>
    <message>
        <source>{count} already there</source>
        <translation>已存在 {count} 个</translation>
    </message>
    <message>
        <source>{count} could not be read</source>
        <translation>无法读取 {count} 个</translation>
    </message>
    <message>
        <source>Conversations: {parts}.</source>
        <translation>对话：{parts}。</translation>
    </message>
    <message>
        <source>Stopped. {said}</source>
        <translation>已停止。{said}</translation>
    </message>
    <message>
        <source>{file}, {title}: {reason}</source>
        <translation>{file}，{title}：{reason}</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>… and {count} more</source>
        <translation>… 还有 {count} 个</translation>
    </message>
    <message>
        <source>{count} conversation written</source>
        <translation>已写出 {count} 个对话</translation>
    </message>
    <message>
        <source>{count} conversations written</source>
        <translation>已写出 {count} 个对话</translation>
    </message>
    <message>
        <source>{said} to {where}.</source>
        <translation>{said}，保存到 {where}。</translation>
    </message>
</context>
<context>
    <name>WhereFrom</name>
    <message>
        <source>Start from</source>
        <translation>选用</translation>
    </message>
    <message>
        <source>What to start from</source>
        <translation>可选用的服务</translation>
    </message>
    <message>
        <source>An address of your own (looking on this computer…)</source>
        <translation>自有地址（正在查找本机…）</translation>
    </message>
    <message>
        <source>An address of your own</source>
        <translation>自有地址</translation>
    </message>
    <message>
        <source>{name}: answers on this computer, wants a key</source>
        <translation>{name}：在本机应答，需要密钥</translation>
    </message>
    <message>
        <source>{name}: answers on this computer</source>
        <translation>{name}：在本机应答</translation>
    </message>
    <message>
        <source>{name} on this computer ({address})</source>
        <translation>本机上的 {name}（{address}）</translation>
    </message>
</context>
<context>
    <name>WhyDialog</name>
    <message>
        <source>Why did it say that?</source>
        <translation>为什么这样说？</translation>
    </message>
    <message>
        <source>The words asked about</source>
        <translation>所询问的词语</translation>
    </message>
    <message>
        <source>What moved them</source>
        <translation>是什么推动了它们</translation>
    </message>
    <message>
        <source>Other words that steering moved</source>
        <translation>被引导改动的其他词语</translation>
    </message>
    <message>
        <source>Open in the profile</source>
        <translation>在个人资料中打开</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>{signal} {nats} nats</source>
        <translation>{signal} {nats} 奈特</translation>
    </message>
    <message>
        <source>Moved by: {signals}</source>
        <translation>推动来源：{signals}</translation>
    </message>
    <message>
        <source>Other words…</source>
        <translation>其他词语…</translation>
    </message>
    <message>
        <source>What steered, the most first</source>
        <translation>引导来源，影响最大的在前</translation>
    </message>
    <message>
        <source>Asking the local model…</source>
        <translation>正在询问本地模型…</translation>
    </message>
    <message>
        <source>Steering had no part in this answer: these are the cloud&apos;s own words.</source>
        <translation>这个回答没有经过引导：这些是云端自己的话。</translation>
    </message>
    <message>
        <source>Nothing private was shown for this answer: these are the cloud&apos;s own words.</source>
        <translation>这个回答没有用到任何私人内容：这些是云端自己的话。</translation>
    </message>
    <message>
        <source>How much likelier each line made the words, asked of the local model here; nothing of it is sent. Less than {noise} is noise.</source>
        <translation>每一行让这些词语的可能性提高了多少，由本机的本地模型给出；不会发送任何内容。小于 {noise} 的是噪声。</translation>
    </message>
    <message>
        <source>What was shown then is not on record; this is asked of your profile as it is now.</source>
        <translation>当时所用的内容没有记录；以下依据你现在的个人资料。</translation>
    </message>
    <message>
        <source>{count} line that was shown is no longer there.</source>
        <translation>有 {count} 行当时用到的内容已不存在。</translation>
    </message>
    <message>
        <source>{count} lines that were shown are no longer there.</source>
        <translation>有 {count} 行当时用到的内容已不存在。</translation>
    </message>
</context>
<context>
    <name>WhyJoin</name>
    <message>
        <source>Why did it say that…</source>
        <translation>为什么这样说…</translation>
    </message>
</context>
<context>
    <name>WritingsPage</name>
    <message>
        <source>Texts that are learnt from</source>
        <translation>用于学习的文本</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Nothing yet. Add what you have written: the more, the better.</source>
        <translation>还没有内容。请添加你写过的文字：越多越好。</translation>
    </message>
    <message>
        <source>My messages here</source>
        <translation>我在这里的消息</translation>
    </message>
    <message>
        <source>Answers that I rewrote</source>
        <translation>我改写的回答</translation>
    </message>
    <message>
        <source>Texts of mine (.txt, .md)…</source>
        <translation>我的文本 (.txt, .md)…</translation>
    </message>
    <message>
        <source>A mailbox (mbox)…</source>
        <translation>邮箱 (mbox)…</translation>
    </message>
    <message>
        <source>An export of another chat…</source>
        <translation>其他聊天应用的导出文件…</translation>
    </message>
    <message>
        <source>Questions in LaMP&apos;s format (.json)…</source>
        <translation>LaMP 格式的问题（.json）…</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>What the personal model learns from: your own texts, kept on this computer and sent nowhere. What has no tick is left out of the next training; what you forget is removed, with every adapter that knows it.</source>
        <translation>个人模型的学习内容：你自己的文本，只保存在本机，不发往任何地方。未勾选的内容不参与下次训练；忘记的内容会被移除，学过它的适配器也一并删除。</translation>
    </message>
    <message>
        <source>{used} of {count} are learnt from</source>
        <translation>{count} 篇中有 {used} 篇用于学习</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
</context>
<context>
    <name>_CloudDelegate</name>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
</context>
<context>
    <name>_Pane</name>
    <message>
        <source>Keep this one</source>
        <translation>保留此回答</translation>
    </message>
    <message>
        <source>Keep: {name}</source>
        <translation>保留：{name}</translation>
    </message>
    <message>
        <source>not steered</source>
        <translation>未引导</translation>
    </message>
    <message>
        <source>strength {value}</source>
        <translation>强度 {value}</translation>
    </message>
    <message>
        <source>your own words</source>
        <translation>你自己的文字</translation>
    </message>
    <message>
        <source>{name}: {kind}</source>
        <translation>{name}：{kind}</translation>
    </message>
</context>
<context>
    <name>core</name>
    <message>
        <source>an event without choices</source>
        <translation>事件中没有选项</translation>
    </message>
    <message>
        <source>a choice that is no object</source>
        <translation>有选项不是对象</translation>
    </message>
    <message>
        <source>log-probabilities are no object</source>
        <translation>对数概率不是对象</translation>
    </message>
    <message>
        <source>lists of tokens and of log-probabilities differ in length</source>
        <translation>词元列表与对数概率列表长度不同</translation>
    </message>
    <message>
        <source>the alternatives of a token are no map</source>
        <translation>词元的候选项不是映射</translation>
    </message>
    <message>
        <source>a token is no object</source>
        <translation>有词元不是对象</translation>
    </message>
    <message>
        <source>a log-probability is not a number</source>
        <translation>有对数概率不是数字</translation>
    </message>
    <message>
        <source>a token has no text, or too long a one</source>
        <translation>有词元没有文本，或文本过长</translation>
    </message>
    <message>
        <source>alternatives in lists of lists</source>
        <translation>候选项嵌套在列表的列表中</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached at {url} ({detail}); check the address and that it is running.</source>
        <translation>无法通过 {url} 连接 {endpoint}（{detail}）；请检查地址，并确认其正在运行。</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached, because this network&apos;s proxy asks for a name and a password ({detail}); give them in HTTPS_PROXY, as http://name:password@host:port.</source>
        <translation>无法连接 {endpoint}，因为此网络的代理要求用户名和密码（{detail}）；请在 HTTPS_PROXY 中以 http://name:password@host:port 的形式提供。</translation>
    </message>
    <message>
        <source>no reason given</source>
        <translation>未说明原因</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached at {url}, because this network knows no such host ({detail}); check the address and the network.</source>
        <translation>无法通过 {url} 连接 {endpoint}，因为此网络中找不到该主机（{detail}）；请检查地址和网络。</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached at {url} ({detail}); check this computer&apos;s connection to the network.</source>
        <translation>无法通过 {url} 连接 {endpoint}（{detail}）；请检查本机的网络连接。</translation>
    </message>
    <message>
        <source>{endpoint} did not accept a connection at {url} in time; check the address, the network and the firewall.</source>
        <translation>{endpoint} 未能及时接受对 {url} 的连接；请检查地址、网络和防火墙。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} that it has signed itself; add it to the certificates that this computer trusts, or name its file in SSL_CERT_FILE.</source>
        <translation>{endpoint} 在 {url} 出示的是自签名证书；请将其加入本机信任的证书，或在 SSL_CERT_FILE 中指定其文件。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} of an authority that this computer does not know; if it is your company&apos;s, add it to the certificates that this computer trusts, or name its file in SSL_CERT_FILE.</source>
        <translation>{endpoint} 在 {url} 出示的证书由本机未知的机构颁发；如果它属于你的公司，请将其加入本机信任的证书，或在 SSL_CERT_FILE 中指定其文件。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} that has expired; check this computer&apos;s clock, or tell whoever runs the endpoint.</source>
        <translation>{endpoint} 在 {url} 出示的证书已过期；请检查本机时钟，或告知该端点的运营者。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} that is not valid yet; check this computer&apos;s clock.</source>
        <translation>{endpoint} 在 {url} 出示的证书尚未生效；请检查本机时钟。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} that is for another host ({detail}); check the address, or sign in to this network in a browser if it asks for that.</source>
        <translation>{endpoint} 在 {url} 出示的证书属于另一主机（{detail}）；请检查地址，如果此网络要求登录，请在浏览器中登录。</translation>
    </message>
    <message>
        <source>{endpoint} shows a certificate at {url} that this computer does not accept ({detail}); check the address and the certificate.</source>
        <translation>本机不接受 {endpoint} 在 {url} 出示的证书（{detail}）；请检查地址和证书。</translation>
    </message>
    <message>
        <source>{endpoint} does not speak TLS at {url} as it should ({detail}); check whether its address begins with http:// or https://.</source>
        <translation>{endpoint} 在 {url} 未按规范使用 TLS（{detail}）；请检查其地址应以 http:// 还是 https:// 开头。</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached, because this network&apos;s proxy cannot be ({detail}); correct HTTPS_PROXY or the system&apos;s network settings.</source>
        <translation>无法连接 {endpoint}，因为无法连接此网络的代理（{detail}）；请更正 HTTPS_PROXY 或系统的网络设置。</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached, because this network&apos;s proxy refuses to connect to it ({detail}); check the address, or except it with NO_PROXY.</source>
        <translation>无法连接 {endpoint}，因为此网络的代理拒绝与其连接（{detail}）；请检查地址，或用 NO_PROXY 将其排除。</translation>
    </message>
    <message>
        <source>{endpoint} did not answer in time at {url}; it may be overloaded: try again.</source>
        <translation>{endpoint} 未能在 {url} 及时应答；它可能过载，请重试。</translation>
    </message>
    <message>
        <source>{endpoint} closed the connection without an answer ({detail}); try again.</source>
        <translation>{endpoint} 未应答即关闭了连接（{detail}）；请重试。</translation>
    </message>
    <message>
        <source>The answer of {endpoint} stopped before its end ({why}); it can be continued.</source>
        <translation>{endpoint} 的回答在结束前中断（{why}）；可以继续该回答。</translation>
    </message>
    <message>
        <source>{endpoint} {why}; check its address, or choose another endpoint.</source>
        <translation>{endpoint} {why}；请检查其地址，或选择其他端点。</translation>
    </message>
    <message>
        <source>{endpoint} ended the answer by its content filter; ask in another way.</source>
        <translation>{endpoint} 的内容过滤器终止了回答；请换一种问法。</translation>
    </message>
    <message>
        <source>{endpoint} answers with a web page instead of an API; check its address, or sign in to this network in a browser if it asks for that.</source>
        <translation>{endpoint} 返回的是网页而不是 API；请检查其地址，如果此网络要求登录，请在浏览器中登录。</translation>
    </message>
    <message>
        <source>{endpoint} refused the request (HTTP {status}: {detail}); check its address, model and settings.</source>
        <translation>{endpoint} 拒绝了请求（HTTP {status}：{detail}）；请检查其地址、模型和设置。</translation>
    </message>
    <message>
        <source>HTTP {status}</source>
        <translation>HTTP {status}</translation>
    </message>
    <message>
        <source>{endpoint} sends requests elsewhere ({where}); enter its final address, or sign in to this network in a browser if it asks for that.</source>
        <translation>{endpoint} 将请求转往别处（{where}）；请填写其最终地址，如果此网络要求登录，请在浏览器中登录。</translation>
    </message>
    <message>
        <source>{endpoint} {why} ({detail}); try again {when}.</source>
        <translation>{endpoint} {why}（{detail}）；请{when}重试。</translation>
    </message>
    <message>
        <source>{endpoint} gave up the answer ({detail}); try again.</source>
        <translation>{endpoint} 放弃了回答（{detail}）；请重试。</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached</source>
        <translation>无法连接 {endpoint}</translation>
    </message>
    <message>
        <source>{endpoint} cannot be reached, because this network asks to sign in first (HTTP {status}); do that in a browser, and try again.</source>
        <translation>无法连接 {endpoint}，因为此网络要求先登录（HTTP {status}）；请在浏览器中登录后重试。</translation>
    </message>
    <message>
        <source>{endpoint} does not accept the key ({detail}); enter its key again.</source>
        <translation>{endpoint} 不接受该密钥（{detail}）；请重新输入密钥。</translation>
    </message>
    <message>
        <source>The conversation no longer fits into the context of {endpoint} ({detail}); start a new conversation or shorten the message.</source>
        <translation>对话已超出 {endpoint} 的上下文（{detail}）；请开始新对话，或缩短消息。</translation>
    </message>
    <message>
        <source>{endpoint} is not ready ({detail}); try again in a moment.</source>
        <translation>{endpoint} 尚未就绪（{detail}）；请稍后重试。</translation>
    </message>
    <message>
        <source>{endpoint} failed (HTTP {status}: {detail}); look at its log.</source>
        <translation>{endpoint} 出错（HTTP {status}：{detail}）；请查看其日志。</translation>
    </message>
    <message>
        <source>HTTP {status}, to {host}</source>
        <translation>HTTP {status}，转往 {host}</translation>
    </message>
    <message>
        <source>The credit at {endpoint} is used up ({detail}); look at its billing page.</source>
        <translation>{endpoint} 的额度已用完（{detail}）；请查看其账单页面。</translation>
    </message>
    <message>
        <source>takes no more requests now</source>
        <translation>目前不再接受请求</translation>
    </message>
    <message>
        <source>is not ready</source>
        <translation>尚未就绪</translation>
    </message>
    <message>
        <source>in a moment</source>
        <translation>稍后</translation>
    </message>
    <message>
        <source>{endpoint} {why}</source>
        <translation>{endpoint} {why}</translation>
    </message>
    <message>
        <source>The conversation no longer fits into the context of {endpoint} ({detail}); shorten it.</source>
        <translation>对话已超出 {endpoint} 的上下文（{detail}）；请将其缩短。</translation>
    </message>
    <message>
        <source>The key of {name} holds spaces or characters that no key has; enter it again.</source>
        <translation>{name} 的密钥含有空格或密钥中不会有的字符；请重新输入。</translation>
    </message>
    <message>
        <source>answered {path} with something that is not a JSON object</source>
        <translation>对 {path} 的应答不是 JSON 对象</translation>
    </message>
    <message>
        <source>answered {path} with something that is not JSON</source>
        <translation>对 {path} 的应答不是 JSON</translation>
    </message>
    <message>
        <source>sent an answer of more than {size} MB</source>
        <translation>发送了超过 {size} MB 的应答</translation>
    </message>
    <message>
        <source>sent a line that is not a JSON object</source>
        <translation>发送的某一行不是 JSON 对象</translation>
    </message>
    <message>
        <source>sent {size} MB that make no line</source>
        <translation>发送了 {size} MB 数据却未构成一行</translation>
    </message>
    <message>
        <source>sent a line that is not JSON</source>
        <translation>发送的某一行不是 JSON</translation>
    </message>
    <message>
        <source>does not tell a usable size of its context</source>
        <translation>未告知可用的上下文长度</translation>
    </message>
    <message>
        <source>does not tell how many conversations it takes</source>
        <translation>未告知可同时处理多少对话</translation>
    </message>
    <message>
        <source>does not give the prompt that its template makes</source>
        <translation>未给出其模板生成的提示词</translation>
    </message>
    <message>
        <source>gives a prompt of more than {size} MB</source>
        <translation>给出的提示词超过 {size} MB</translation>
    </message>
    <message>
        <source>gives no token ids for a text</source>
        <translation>未给出文本的词元编号</translation>
    </message>
    <message>
        <source>gives a prompt that is no text ({why})</source>
        <translation>给出的提示词不是文本（{why}）</translation>
    </message>
    <message>
        <source>does not give token ids ({why})</source>
        <translation>未给出词元编号（{why}）</translation>
    </message>
    <message>
        <source>log-probabilities above zero</source>
        <translation>对数概率大于零</translation>
    </message>
    <message>
        <source>probabilities that sum to more than one</source>
        <translation>概率之和大于一</translation>
    </message>
    <message>
        <source>{endpoint} did not answer the test in {seconds:.0f} seconds; try again later.</source>
        <translation>{endpoint} 未在 {seconds:.0f} 秒内应答测试；请稍后重试。</translation>
    </message>
    <message>
        <source>{endpoint} gives no log-probabilities: its answers are rewritten here.</source>
        <translation>{endpoint} 不提供对数概率：其回答将在本机改写。</translation>
    </message>
    <message>
        <source>{endpoint} does not list the model {model}.</source>
        <translation>{endpoint} 的列表中没有模型 {model}。</translation>
    </message>
    <message>
        <source>{endpoint} tells alternatives only of tokens that it draws.</source>
        <translation>{endpoint} 仅告知其所抽样词元的候选项。</translation>
    </message>
    <message>
        <source>{endpoint} reports every token as certain, as with speculative decoding: not steered.</source>
        <translation>{endpoint} 将每个词元都报告为确定，如同投机解码：不进行引导。</translation>
    </message>
    <message>
        <source>answers without a text</source>
        <translation>的回答没有文本</translation>
    </message>
    <message>
        <source>{endpoint} has no chat: it is shown the conversation as a plain text.</source>
        <translation>{endpoint} 没有聊天接口：对话以纯文本形式提供给它。</translation>
    </message>
    <message>
        <source>A prompt needs tokens and at least one alternative; please report this.</source>
        <translation>提示词需要词元和至少一个候选项；请报告此问题。</translation>
    </message>
    <message>
        <source>The cloud cannot draw at temperature {temperature}; please report this.</source>
        <translation>云端无法以温度 {temperature} 抽样；请报告此问题。</translation>
    </message>
    <message>
        <source>The cloud cannot be asked for {max_tokens} tokens; please report this.</source>
        <translation>无法向云端请求 {max_tokens} 个词元；请报告此问题。</translation>
    </message>
    <message>
        <source>does not stream its answer (it sent {kind})</source>
        <translation>未以流的方式发送回答（发送的是 {kind}）</translation>
    </message>
    <message>
        <source>draws tokens that it does not report, so their chance is not known</source>
        <translation>抽取了未报告的词元，其概率因而未知</translation>
    </message>
    <message>
        <source>sent an event without choices</source>
        <translation>发送了没有选项的事件</translation>
    </message>
    <message>
        <source>sent a choice that cannot be read</source>
        <translation>发送了无法读取的选项</translation>
    </message>
    <message>
        <source>reports tokens in a form that cannot be read (they are no list)</source>
        <translation>以无法读取的形式报告词元（不是列表）</translation>
    </message>
    <message>
        <source>the connection was closed</source>
        <translation>连接已关闭</translation>
    </message>
    <message>
        <source>withholds a token that it had no reason to withhold</source>
        <translation>无故隐去了一个词元</translation>
    </message>
    <message>
        <source>does not give the text of a token</source>
        <translation>未给出词元的文本</translation>
    </message>
    <message>
        <source>sends events that tell nothing, without end</source>
        <translation>不断发送没有内容的事件</translation>
    </message>
    <message>
        <source>no content type</source>
        <translation>无内容类型</translation>
    </message>
    <message>
        <source>{endpoint} answers without log-probabilities, so its answer cannot be steered; choose an endpoint or a model that gives them.</source>
        <translation>{endpoint} 的回答不含对数概率，因此无法引导；请选择提供对数概率的端点或模型。</translation>
    </message>
    <message>
        <source>reports log-probabilities above zero</source>
        <translation>报告的对数概率大于零</translation>
    </message>
    <message>
        <source>reports the alternatives of a token in no order</source>
        <translation>报告的词元候选项没有排序</translation>
    </message>
    <message>
        <source>reports the same alternative of a token twice</source>
        <translation>将词元的同一候选项报告了两次</translation>
    </message>
    <message>
        <source>reports probabilities that sum to more than one</source>
        <translation>报告的概率之和大于一</translation>
    </message>
    <message>
        <source>reports tokens in a form that cannot be read ({why})</source>
        <translation>以无法读取的形式报告词元（{why}）</translation>
    </message>
    <message>
        <source>{why}; it is asked again in {seconds} s (attempt {attempt} of at most {attempts}).</source>
        <translation>{why}；将在 {seconds} 秒后再次询问（第 {attempt} 次，最多 {attempts} 次）。</translation>
    </message>
    <message>
        <source>in {count} hours</source>
        <translation>在 {count} 小时后</translation>
    </message>
    <message>
        <source>later</source>
        <translation>稍后</translation>
    </message>
    <message>
        <source>in {count} seconds</source>
        <translation>在 {count} 秒后</translation>
    </message>
    <message>
        <source>in {count} minutes</source>
        <translation>在 {count} 分钟后</translation>
    </message>
    <message>
        <source>sent an event that is not a JSON object</source>
        <translation>发送的事件不是 JSON 对象</translation>
    </message>
    <message>
        <source>sent an event that is not JSON</source>
        <translation>发送的事件不是 JSON</translation>
    </message>
    <message>
        <source>sent {size} MB that make no event</source>
        <translation>发送了 {size} MB 数据却未构成一个事件</translation>
    </message>
    <message>
        <source>At least one position must be taken, not {most}; please report this.</source>
        <translation>至少须取一个位置，而不是 {most} 个；请报告此问题。</translation>
    </message>
    <message>
        <source>An answer needs names for its tokens; please report this.</source>
        <translation>回答的词元缺少名称；请报告此问题。</translation>
    </message>
    <message>
        <source>does not give the text of a prompt</source>
        <translation>未给出提示词的文本</translation>
    </message>
    <message>
        <source>another character than the one that it had begun</source>
        <translation>与其先前开始的字符不同的字符</translation>
    </message>
    <message>
        <source>This endpoint cannot be asked for draws whose law is known; please report this.</source>
        <translation>无法要求此端点按已知分布抽样；请报告此问题。</translation>
    </message>
    <message>
        <source>a text instead of the rest of a character</source>
        <translation>一段文本，而不是字符的余下部分</translation>
    </message>
    <message>
        <source>more text at once than an answer has</source>
        <translation>一次超出整个回答的文本</translation>
    </message>
    <message>
        <source>the request</source>
        <translation>该请求</translation>
    </message>
    <message>
        <source>a character that does not come to an end</source>
        <translation>一个没有结束的字符</translation>
    </message>
    <message>
        <source>reports {what}</source>
        <translation>报告了{what}</translation>
    </message>
    <message>
        <source>an id is not one of a token</source>
        <translation>有编号不是词元编号</translation>
    </message>
    <message>
        <source>the bytes of a token are not a short list</source>
        <translation>词元的字节不是短列表</translation>
    </message>
    <message>
        <source>the bytes of a token are not bytes</source>
        <translation>词元的字节不是有效字节</translation>
    </message>
    <message>
        <source>the text of a token is too long</source>
        <translation>词元的文本过长</translation>
    </message>
    <message>
        <source>a list is missing or has more than {most} values</source>
        <translation>列表缺失，或多于 {most} 个值</translation>
    </message>
    <message>
        <source>an object without {names}</source>
        <translation>有对象缺少 {names}</translation>
    </message>
    <message>
        <source>a text holds half a character</source>
        <translation>文本中含有半个字符</translation>
    </message>
    <message>
        <source>a log-probability is out of all bounds</source>
        <translation>有对数概率超出所有界限</translation>
    </message>
    <message>
        <source>The address of the endpoint is empty; enter something like http://127.0.0.1:8080.</source>
        <translation>端点的地址为空；请填写形如 http://127.0.0.1:8080 的地址。</translation>
    </message>
    <message>
        <source>“{address}” does not begin with http:// or https://; check it.</source>
        <translation>“{address}”未以 http:// 或 https:// 开头；请检查。</translation>
    </message>
    <message>
        <source>“{address}” is not an address of a server; enter something like host:8080.</source>
        <translation>“{address}”不是服务器地址；请填写形如 host:8080 的地址。</translation>
    </message>
    <message>
        <source>The address of the endpoint holds a user name or password; enter the key in its own field.</source>
        <translation>端点的地址中含有用户名或密码；请将密钥填入其专用字段。</translation>
    </message>
    <message>
        <source>“{address}” is not an address of a server ({error}); check it.</source>
        <translation>“{address}”不是服务器地址（{error}）；请检查。</translation>
    </message>
    <message>
        <source>The demo cloud cannot use the model file {file} ({why}); fetch it again or choose another model.</source>
        <translation>演示云无法使用模型文件 {file}（{why}）；请重新获取，或选择其他模型。</translation>
    </message>
    <message>
        <source>{cloud}: loading {file}</source>
        <translation>{cloud}：正在加载 {file}</translation>
    </message>
    <message>
        <source>an unexpected reply</source>
        <translation>意外的应答</translation>
    </message>
    <message>
        <source>{cloud}: ready</source>
        <translation>{cloud}：已就绪</translation>
    </message>
    <message>
        <source>it did not load within {seconds:.0f} seconds</source>
        <translation>未在 {seconds:.0f} 秒内加载完成</translation>
    </message>
    <message>
        <source>the server ended while loading it, code {code}</source>
        <translation>服务器在加载时退出，代码 {code}</translation>
    </message>
    <message>
        <source>ended with code {code}</source>
        <translation>以代码 {code} 退出</translation>
    </message>
    <message>
        <source>ended by signal {number}</source>
        <translation>因信号 {number} 终止</translation>
    </message>
    <message>
        <source>A connection to {host} that was not announced was refused (by {module}); nothing was sent. Please report this.</source>
        <translation>一个未声明的连接（由 {module} 发起，通往 {host}）被拒绝；未发送任何内容。请报告此问题。</translation>
    </message>
    <message>
        <source>a network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>The unit {key} was computed twice; please report this.</source>
        <translation>单元 {key} 被计算了两次；请报告此问题。</translation>
    </message>
    <message>
        <source>The run cannot be kept in {folder} ({why}); choose another.</source>
        <translation>无法将运行保存在 {folder}（{why}）；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>The run cannot be written to {file} ({why}); make room.</source>
        <translation>无法将运行写入 {file}（{why}）；请腾出空间。</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}); correct or remove it.</source>
        <translation>无法读取设置文件 {file}（{error}）；请更正或移除该文件。</translation>
    </message>
    <message>
        <source>The settings file {file} holds a wrong value: {error}; correct it.</source>
        <translation>设置文件 {file} 中有错误的值：{error}；请更正。</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有这个文件或目录</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>不允许此操作</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>设备上没有剩余空间</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>超出磁盘配额</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统为只读</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>是一个目录</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>不是目录</translation>
    </message>
    <message>
        <source>Directory not empty</source>
        <translation>目录非空</translation>
    </message>
    <message>
        <source>File exists</source>
        <translation>文件已存在</translation>
    </message>
    <message>
        <source>File name too long</source>
        <translation>文件名过长</translation>
    </message>
    <message>
        <source>File too large</source>
        <translation>文件过大</translation>
    </message>
    <message>
        <source>Too many open files</source>
        <translation>打开的文件过多</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>输入/输出错误</translation>
    </message>
    <message>
        <source>Device or resource busy</source>
        <translation>设备或资源正忙</translation>
    </message>
    <message>
        <source>Text file busy</source>
        <translation>文件正在执行</translation>
    </message>
    <message>
        <source>Cannot allocate memory</source>
        <translation>无法分配内存</translation>
    </message>
    <message>
        <source>Resource temporarily unavailable</source>
        <translation>资源暂时不可用</translation>
    </message>
    <message>
        <source>Connection refused</source>
        <translation>连接被拒绝</translation>
    </message>
    <message>
        <source>Connection reset by peer</source>
        <translation>连接被对方重置</translation>
    </message>
    <message>
        <source>Connection aborted</source>
        <translation>连接已中止</translation>
    </message>
    <message>
        <source>Broken pipe</source>
        <translation>管道已断开</translation>
    </message>
    <message>
        <source>Network is unreachable</source>
        <translation>网络不可达</translation>
    </message>
    <message>
        <source>No route to host</source>
        <translation>没有通往主机的路由</translation>
    </message>
    <message>
        <source>Host is down</source>
        <translation>主机已关闭</translation>
    </message>
    <message>
        <source>Connection timed out</source>
        <translation>连接超时</translation>
    </message>
    <message>
        <source>Name or service not known</source>
        <translation>未知的名称或服务</translation>
    </message>
    <message>
        <source>Temporary failure in name resolution</source>
        <translation>域名解析暂时失败</translation>
    </message>
    <message>
        <source>No address associated with hostname</source>
        <translation>主机名没有对应的地址</translation>
    </message>
    <message>
        <source>nodename nor servname provided, or not known</source>
        <translation>未知的名称或服务</translation>
    </message>
    <message>
        <source>getaddrinfo failed</source>
        <translation>域名解析失败</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>超时</translation>
    </message>
    <message>
        <source>self-signed certificate</source>
        <translation>自签名证书</translation>
    </message>
    <message>
        <source>certificate has expired</source>
        <translation>证书已过期</translation>
    </message>
    <message>
        <source>certificate is not yet valid</source>
        <translation>证书尚未生效</translation>
    </message>
    <message>
        <source>unable to get local issuer certificate</source>
        <translation>无法获取本地颁发者证书</translation>
    </message>
    <message>
        <source>The {what} is not valid UTF-8 text; check where it comes from.</source>
        <translation>{what}不是有效的 UTF-8 文本；请检查其来源。</translation>
    </message>
    <message>
        <source>CoSteer is being started by another program; if not, remove {file}.</source>
        <translation>另一程序正在启动 CoSteer；如果不是，请移除 {file}。</translation>
    </message>
    <message>
        <source>CoSteer cannot listen at {name} ({why}); remove it.</source>
        <translation>CoSteer 无法在 {name} 监听（{why}）；请将其移除。</translation>
    </message>
    <message>
        <source>CoSteer is running but does not answer; end it, then start it again.</source>
        <translation>CoSteer 正在运行但没有响应；请结束它，然后重新启动。</translation>
    </message>
    <message>
        <source>“{text}” is no price; write a number, such as {example}, or leave the field empty.</source>
        <translation>“{text}”不是价格；请填写数字（例如 {example}），或留空。</translation>
    </message>
    <message>
        <source>The model {file} is of a kind that cannot be trained ({kind}); choose another local model.</source>
        <translation>模型 {file} 属于无法训练的类型（{kind}）；请选择其他本地模型。</translation>
    </message>
    <message>
        <source>The model {file} is of a kind that cannot be trained; choose another local model.</source>
        <translation>模型 {file} 属于无法训练的类型；请选择其他本地模型。</translation>
    </message>
    <message>
        <source>The training process {how}; start the training again, and it goes on from where it was.</source>
        <translation>训练进程{how}；请再次开始训练，它会从中断处继续。</translation>
    </message>
    <message>
        <source>The training failed in an unforeseen way; please report this.</source>
        <translation>训练以意料之外的方式失败了；请报告此问题。</translation>
    </message>
    <message>
        <source>Training needs libraries that are not installed ({name} is missing); run `pip install costeer-desktop[training]`.</source>
        <translation>训练所需的库尚未安装（缺少 {name}）；请运行 `pip install costeer-desktop[training]`。</translation>
    </message>
    <message>
        <source>an answer is being written</source>
        <translation>正在撰写回答</translation>
    </message>
    <message>
        <source>you have paused it</source>
        <translation>你已将其暂停</translation>
    </message>
    <message>
        <source>A training was given the settings of another; please report this.</source>
        <translation>训练收到了另一训练的设置；请报告此问题。</translation>
    </message>
    <message>
        <source>The training cannot be written to {folder} ({why}); make room there and go on.</source>
        <translation>无法将训练写入 {folder}（{why}）；请腾出空间后继续。</translation>
    </message>
    <message>
        <source>There is not enough memory to train; close other programs.</source>
        <translation>内存不足，无法训练；请关闭其他程序。</translation>
    </message>
    <message>
        <source>The local model could not decode a batch (llama.cpp status {status}); please report this.</source>
        <translation>本地模型无法解码一个批次（llama.cpp 状态 {status}）；请报告此问题。</translation>
    </message>
    <message>
        <source>llama.cpp did not take an adapter that it had loaded; please report this.</source>
        <translation>llama.cpp 未接受它已加载的适配器；请报告此问题。</translation>
    </message>
    <message>
        <source>The model {name} is not on this computer yet; run `make setup` in a checkout, which fetches it.</source>
        <translation>模型 {name} 尚未在本机；请在源码目录中运行 `make setup` 获取。</translation>
    </message>
    <message>
        <source>The model file {file} is not the {name} of the catalogue; remove it and run `make setup`, which fetches it again.</source>
        <translation>模型文件 {file} 与目录中的 {name} 不符；请将其移除，并运行 `make setup` 重新获取。</translation>
    </message>
    <message>
        <source>The model catalogue {file} names a model twice; reinstall the application.</source>
        <translation>模型目录 {file} 中有重复的模型；请重新安装应用。</translation>
    </message>
    <message>
        <source>There is no model called “{id_or_path}”; choose one of {known}, or give the path of a .gguf file.</source>
        <translation>没有名为“{id_or_path}”的模型；请从 {known} 中选择，或给出 .gguf 文件的路径。</translation>
    </message>
    <message>
        <source>The model catalogue {file} cannot be read ({error}); reinstall the application.</source>
        <translation>无法读取模型目录 {file}（{error}）；请重新安装应用。</translation>
    </message>
    <message>
        <source>The model file {file} cannot be read ({why}); fetch it again.</source>
        <translation>无法读取模型文件 {file}（{why}）；请重新获取。</translation>
    </message>
    <message>
        <source>Checking {name}</source>
        <translation>正在检查 {name}</translation>
    </message>
    <message>
        <source>Preparing the local model for this computer (only once)</source>
        <translation>正在为本机准备本地模型（仅一次）</translation>
    </message>
    <message>
        <source>Loading the local model</source>
        <translation>正在加载本地模型</translation>
    </message>
    <message>
        <source>The model process answered with {kind} out of turn; please report this.</source>
        <translation>模型进程意外应答了 {kind}；请报告此问题。</translation>
    </message>
    <message>
        <source>stopped answering</source>
        <translation>停止了响应</translation>
    </message>
    <message>
        <source>The model file {file} cannot be loaded; fetch it again or choose another model (the log says more).</source>
        <translation>无法加载模型文件 {file}；请重新获取，或选择其他模型（详情见日志）。</translation>
    </message>
    <message>
        <source>The adapter {file} is damaged or is no LoRA adapter; go back to an earlier version, or train anew.</source>
        <translation>适配器 {file} 已损坏，或不是 LoRA 适配器；请退回较早的版本，或重新训练。</translation>
    </message>
    <message>
        <source>The model file {file} is damaged or incomplete; remove it and fetch it again.</source>
        <translation>模型文件 {file} 已损坏或不完整；请将其移除并重新获取。</translation>
    </message>
    <message>
        <source>The model file {file} lacks weights (a vocabulary-only file, perhaps); choose a complete model.</source>
        <translation>模型文件 {file} 缺少权重（也许是仅含词表的文件）；请选择完整的模型。</translation>
    </message>
    <message>
        <source>The model file {file} does not exist; choose another model, or fetch it again.</source>
        <translation>模型文件 {file} 不存在；请选择其他模型，或重新获取。</translation>
    </message>
    <message>
        <source>{file} is not a file; choose a model file that ends in .gguf.</source>
        <translation>{file} 不是文件；请选择以 .gguf 结尾的模型文件。</translation>
    </message>
    <message>
        <source>{file} is not a GGUF model file; choose one that ends in .gguf.</source>
        <translation>{file} 不是 GGUF 模型文件；请选择以 .gguf 结尾的文件。</translation>
    </message>
    <message>
        <source>The model file {file} has the architecture “{architecture}”, which this version cannot run; choose another model.</source>
        <translation>模型文件 {file} 的架构为“{architecture}”，此版本无法运行；请选择其他模型。</translation>
    </message>
    <message>
        <source>There is not enough memory to load {file}; close other programs or choose a smaller model.</source>
        <translation>内存不足，无法加载 {file}；请关闭其他程序，或选择更小的模型。</translation>
    </message>
    <message>
        <source>The adapter {file} was trained for another model than this one; choose that model, or train anew.</source>
        <translation>适配器 {file} 是为另一个模型训练的；请选择那个模型，或重新训练。</translation>
    </message>
    <message>
        <source>The model file {file} cannot be read ({why}); check its permissions.</source>
        <translation>无法读取模型文件 {file}（{why}）；请检查其权限。</translation>
    </message>
    <message>
        <source>The adapter {file} does not exist; go back to an earlier version, or train anew.</source>
        <translation>适配器 {file} 不存在；请退回较早的版本，或重新训练。</translation>
    </message>
    <message>
        <source>Spans were to be hidden that do not lie before what is asked about; please report this.</source>
        <translation>要隐藏的片段不在所问内容之前；请报告此问题。</translation>
    </message>
    <message>
        <source>This local model cannot forget a part of what it has read; choose another model.</source>
        <translation>此本地模型无法遗忘已读内容的一部分；请选择其他模型。</translation>
    </message>
    <message>
        <source>{count} bytes do not fit into the model process&apos;s payload; please report this.</source>
        <translation>模型进程的载荷容纳不下 {count} 字节；请报告此问题。</translation>
    </message>
    <message>
        <source>A token id lies outside the local model&apos;s vocabulary of {n_vocab}; please report this.</source>
        <translation>有词元编号超出本地模型大小为 {n_vocab} 的词表；请报告此问题。</translation>
    </message>
    <message>
        <source>The local model keeps failing (it {how}); continue without steering, or choose a smaller model.</source>
        <translation>本地模型一再失败（它{how}）；请在无引导的情况下继续，或选择更小的模型。</translation>
    </message>
    <message>
        <source>The local model has started without telling what it is; please report this.</source>
        <translation>本地模型启动后未告知自身信息；请报告此问题。</translation>
    </message>
    <message>
        <source>A text of {count} bytes is too long for the local model; shorten it.</source>
        <translation>{count} 字节的文本对本地模型过长；请将其缩短。</translation>
    </message>
    <message>
        <source>A session cannot have {count} branches here; please report this.</source>
        <translation>此处的会话不能有 {count} 个分支；请报告此问题。</translation>
    </message>
    <message>
        <source>{targets} of {count} tokens were asked about; please report this.</source>
        <translation>询问了 {count} 个词元中的 {targets} 个；请报告此问题。</translation>
    </message>
    <message>
        <source>Positions {wanted} of {count} tokens of answer were asked for; please report this.</source>
        <translation>请求了 {count} 个回答词元中的位置 {wanted}；请报告此问题。</translation>
    </message>
    <message>
        <source>The local model needs a prompt that is not empty; write a message.</source>
        <translation>本地模型需要非空的提示词；请写一条消息。</translation>
    </message>
    <message>
        <source>The prompt has {count} tokens and the local model holds {room}; shorten the conversation or the private context.</source>
        <translation>提示词有 {count} 个词元，而本地模型可容纳 {room} 个；请缩短对话或私密上下文。</translation>
    </message>
    <message>
        <source>The local model {how} and is being restarted.</source>
        <translation>本地模型{how}，正在重新启动。</translation>
    </message>
    <message>
        <source>The tokenizer asked for more room twice; please report this.</source>
        <translation>分词器两次要求更多空间；请报告此问题。</translation>
    </message>
    <message>
        <source>The conversation has filled the local model&apos;s {room} tokens; start a new one.</source>
        <translation>对话已占满本地模型的 {room} 个词元；请开始新对话。</translation>
    </message>
    <message>
        <source>The model&apos;s chat template cannot be used ({why}); choose another model.</source>
        <translation>无法使用该模型的聊天模板（{why}）；请选择其他模型。</translation>
    </message>
    <message>
        <source>took too much memory</source>
        <translation>占用了过多内存</translation>
    </message>
    <message>
        <source>The process for chat templates cannot be started ({why}); close other programs.</source>
        <translation>无法启动处理聊天模板的进程（{why}）；请关闭其他程序。</translation>
    </message>
    <message>
        <source>it takes too much memory</source>
        <translation>占用过多内存</translation>
    </message>
    <message>
        <source>its process {how}</source>
        <translation>其进程{how}</translation>
    </message>
    <message>
        <source>does not start</source>
        <translation>无法启动</translation>
    </message>
    <message>
        <source>it does not come to an end</source>
        <translation>无法结束</translation>
    </message>
    <message>
        <source>it calls itself too often</source>
        <translation>自我调用次数过多</translation>
    </message>
    <message>
        <source>its text grows too long</source>
        <translation>其文本过长</translation>
    </message>
    <message>
        <source>The model process was asked before it had loaded a model; please report this.</source>
        <translation>模型进程尚未加载模型就收到请求；请报告此问题。</translation>
    </message>
    <message>
        <source>The model process failed in an unforeseen way; please report this.</source>
        <translation>模型进程意外失败；请报告此问题。</translation>
    </message>
    <message>
        <source>The model process has no open session; please report this.</source>
        <translation>模型进程没有打开的会话；请报告此问题。</translation>
    </message>
    <message>
        <source>A preference cannot be called {name!r}; choose another name.</source>
        <translation>偏好不能叫作 {name!r}；请换一个名称。</translation>
    </message>
    <message>
        <source>A preference is said in 1 to {most} characters, not {count}; say it in other words.</source>
        <translation>偏好须用 1 到 {most} 个字符来表述，而不是 {count} 个；请换一种说法。</translation>
    </message>
    <message>
        <source>The weight {weight} of {name} is outside 0.0 to {most}; choose one inside.</source>
        <translation>{name} 的权重 {weight} 超出 0.0 到 {most} 的范围；请在范围内选择。</translation>
    </message>
    <message>
        <source>The profile {file} is larger than 1 MB; keep to what describes you.</source>
        <translation>个人资料 {file} 大于 1 MB；请仅保留描述你的内容。</translation>
    </message>
    <message>
        <source>There is no profile file {file}; check the path.</source>
        <translation>没有个人资料文件 {file}；请检查路径。</translation>
    </message>
    <message>
        <source>The profile {file} is not UTF-8 text; save it as UTF-8 and try again.</source>
        <translation>个人资料 {file} 不是 UTF-8 文本；请另存为 UTF-8 后重试。</translation>
    </message>
    <message>
        <source>The profile {file} cannot be read: {why}.</source>
        <translation>无法读取个人资料 {file}：{why}。</translation>
    </message>
    <message>
        <source>The profile {file}</source>
        <translation>个人资料 {file} </translation>
    </message>
    <message>
        <source>The profile {file} is not valid {form}: {error}.</source>
        <translation>个人资料 {file} 不是有效的 {form}：{error}。</translation>
    </message>
    <message>
        <source>The profile cannot be written to {file}: {why}.</source>
        <translation>无法将个人资料写入 {file}：{why}。</translation>
    </message>
    <message>
        <source>its end is missing</source>
        <translation>缺少末尾</translation>
    </message>
    <message>
        <source>it is longer than it was</source>
        <translation>比原来更长</translation>
    </message>
    <message>
        <source>something in it was changed</source>
        <translation>其中有内容被改动</translation>
    </message>
    <message>
        <source>its beginning was changed</source>
        <translation>开头部分被改动</translation>
    </message>
    <message>
        <source>The backup {file} is damaged ({why}); use another one.</source>
        <translation>备份 {file} 已损坏（{why}）；请使用另一个备份。</translation>
    </message>
    <message>
        <source>{file} is not a backup of CoSteer; choose another file.</source>
        <translation>{file} 不是 CoSteer 的备份；请选择其他文件。</translation>
    </message>
    <message>
        <source>The passphrase does not open the backup {file}; try again.</source>
        <translation>该口令无法打开备份 {file}；请重试。</translation>
    </message>
    <message>
        <source>An empty passphrase protects nothing; choose another for the backup.</source>
        <translation>空口令起不到保护作用；请为备份设定其他口令。</translation>
    </message>
    <message>
        <source>The backup {file} cannot be read ({why}); choose another file.</source>
        <translation>无法读取备份 {file}（{why}）；请选择其他文件。</translation>
    </message>
    <message>
        <source>The key of the database {file} in {where} is damaged; bring back that key or restore a backup. Nothing was changed.</source>
        <translation>数据库 {file} 在 {where} 中的密钥已损坏；请找回该密钥或恢复备份。未作任何更改。</translation>
    </message>
    <message>
        <source>{file} is encrypted (or is not a database), and the keychain that holds its key is not there; start where it is, or restore a backup. Nothing was changed.</source>
        <translation>{file} 已加密（或不是数据库），而保存其密钥的钥匙串不在此处；请在有该钥匙串的环境中启动，或恢复备份。未作任何更改。</translation>
    </message>
    <message>
        <source>{file} is encrypted (or is not a database), and {keychain} holds no key for it; bring back the keychain that does, or restore a backup. Nothing was changed.</source>
        <translation>{file} 已加密（或不是数据库），而 {keychain} 中没有其密钥；请找回保存密钥的钥匙串，或恢复备份。未作任何更改。</translation>
    </message>
    <message>
        <source>{place} does not keep what it is given, so the database was not encrypted; choose a passphrase with `costeer storage encrypt --passphrase`.</source>
        <translation>{place} 未能保存交给它的内容，因此数据库未加密；请用 `costeer storage encrypt --passphrase` 选择口令。</translation>
    </message>
    <message>
        <source>The database {file} is locked by your passphrase; enter it, or set {variable} in the environment.</source>
        <translation>数据库 {file} 由你的口令锁定；请输入口令，或设置环境变量 {variable}。</translation>
    </message>
    <message>
        <source>The key in {file} cannot be removed ({why}); remove it by hand.</source>
        <translation>无法移除 {file} 中的密钥（{why}）；请手动移除。</translation>
    </message>
    <message>
        <source>The passphrase in {variable} does not open the database; try again.</source>
        <translation>{variable} 中的口令无法打开数据库；请重试。</translation>
    </message>
    <message>
        <source>The passphrase does not open the database; try again.</source>
        <translation>口令无法打开数据库；请重试。</translation>
    </message>
    <message>
        <source>A request without a stated purpose was not sent; please report this.</source>
        <translation>有请求未说明用途，因而未发送；请报告此问题。</translation>
    </message>
    <message>
        <source>Nothing was sent: the request is nested too deeply to be checked; report this.</source>
        <translation>未发送任何内容：请求嵌套过深，无法检查；请报告此问题。</translation>
    </message>
    <message>
        <source>Nothing was sent to {host}: the request holds a text that you marked private (it begins “{beginning}…”{more}); take it out of the message, or remove it from the profile or the private documents.</source>
        <translation>未向 {host} 发送任何内容：请求中含有你标记为私密的文本（以“{beginning}…”开头{more}）；请将其从消息中去掉，或从个人资料或私密文档中移除。</translation>
    </message>
    <message>
        <source> and {count} more</source>
        <translation>，另有 {count} 处</translation>
    </message>
    <message>
        <source>The keys in {file} are locked; unlock them with your passphrase, or set {variable} in the environment.</source>
        <translation>{file} 中的密钥已锁定；请用口令解锁，或设置环境变量 {variable}。</translation>
    </message>
    <message>
        <source>An empty passphrase protects nothing; choose another.</source>
        <translation>空口令起不到保护作用；请另选一个。</translation>
    </message>
    <message>
        <source>a key in it was changed</source>
        <translation>其中的密钥被改动过</translation>
    </message>
    <message>
        <source>The key was not stored, because {file} cannot be written ({why}); free some space, or allow writing there.</source>
        <translation>密钥未保存，因为无法写入 {file}（{why}）；请腾出空间，或允许写入。</translation>
    </message>
    <message>
        <source>it is damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>This computer is set to use a {scheme} proxy, which is not supported; name an HTTP proxy in HTTPS_PROXY, or except the endpoint with NO_PROXY.</source>
        <translation>本机设置为使用不受支持的 {scheme} 代理；请在 HTTPS_PROXY 中指定 HTTP 代理，或用 NO_PROXY 排除该端点。</translation>
    </message>
    <message>
        <source>The proxy that this computer is set to use has an address that is no http:// or https:// URL; correct HTTPS_PROXY or the system&apos;s network settings.</source>
        <translation>本机所设代理的地址不是 http:// 或 https:// 网址；请更正 HTTPS_PROXY 或系统的网络设置。</translation>
    </message>
    <message>
        <source>closed by us</source>
        <translation>由本机关闭</translation>
    </message>
    <message>
        <source>closed by us before an answer</source>
        <translation>在应答前由本机关闭</translation>
    </message>
    <message>
        <source>a guard refused it; not sent</source>
        <translation>隐私检查已拦截；未发送</translation>
    </message>
    <message>
        <source>The file {file} is damaged, or belongs to another database than this one; remove it.</source>
        <translation>文件 {file} 已损坏，或属于另一个数据库；请将其删除。</translation>
    </message>
    <message>
        <source>The certificates in {place} cannot be read ({error}); correct SSL_CERT_FILE, or remove it from the environment.</source>
        <translation>无法读取 {place} 中的证书（{error}）；请更正 SSL_CERT_FILE，或将其从环境变量中移除。</translation>
    </message>
    <message>
        <source>the system</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>The leak budget of this answer is used up; what follows is the cloud&apos;s own.</source>
        <translation>本次回答的泄露预算已用完；以下内容由云端自行写出。</translation>
    </message>
    <message>
        <source>The leak budget of the conversation is used up; what follows is the cloud&apos;s own.</source>
        <translation>本对话的泄露预算已用完；以下内容由云端自行写出。</translation>
    </message>
    <message>
        <source>{endpoint} cannot draw as it would have to; this computer does.</source>
        <translation>{endpoint} 无法按要求抽样；改由本机抽样。</translation>
    </message>
    <message>
        <source>{problem} Going on from the last word.</source>
        <translation>{problem}正从最后一个词继续。</translation>
    </message>
    <message>
        <source>{problem} What came of it is used.</source>
        <translation>{problem}已收到的部分会被使用。</translation>
    </message>
    <message>
        <source>The answer reached its limit of {count} tokens; continue it for more.</source>
        <translation>回答已达到 {count} 个词元的上限；可继续以获取更多内容。</translation>
    </message>
    <message>
        <source>The model ended its answer before the first word; ask in another way.</source>
        <translation>模型未写一词就结束了回答；请换一种问法。</translation>
    </message>
    <message>
        <source>This answer was begun by {before} and cannot be continued by {identity}; regenerate it instead.</source>
        <translation>此回答由 {before} 开始，无法由 {identity} 继续；请改为重新生成。</translation>
    </message>
    <message>
        <source>The message has {count} tokens and the context window holds {window}; shorten the message.</source>
        <translation>消息有 {count} 个词元，而上下文窗口可容纳 {window} 个；请缩短消息。</translation>
    </message>
    <message>
        <source>{problem} What follows is the cloud&apos;s own.</source>
        <translation>{problem}以下内容由云端自行撰写。</translation>
    </message>
    <message>
        <source>{problem} This computer answers alone.</source>
        <translation>{problem}改由本机独自回答。</translation>
    </message>
    <message>
        <source>{endpoint} cannot continue an answer, so this computer writes from its draft.</source>
        <translation>{endpoint} 无法续写回答，因此由本机根据其草稿撰写。</translation>
    </message>
    <message>
        <source>{endpoint} tells no alternatives to its words, so this computer writes from its draft.</source>
        <translation>{endpoint} 不提供候选词，因此由本机根据其草稿撰写。</translation>
    </message>
    <message>
        <source>Copying the database</source>
        <translation>正在复制数据库</translation>
    </message>
    <message>
        <source>Writing the backup</source>
        <translation>正在写入备份</translation>
    </message>
    <message>
        <source>Checking the backup</source>
        <translation>正在检查备份</translation>
    </message>
    <message>
        <source>Restoring the database</source>
        <translation>正在恢复数据库</translation>
    </message>
    <message>
        <source>The backup {file} is empty; use another one.</source>
        <translation>备份 {file} 是空的；请使用另一个备份。</translation>
    </message>
    <message>
        <source>A backup cannot be written to {file}; name a file in a folder of yours that is there.</source>
        <translation>备份无法写入 {file}；请指定你的某个现有文件夹中的文件。</translation>
    </message>
    <message>
        <source>The database {file} cannot be read ({why}).</source>
        <translation>无法读取数据库 {file}（{why}）。</translation>
    </message>
    <message>
        <source>Encrypting the database</source>
        <translation>正在加密数据库</translation>
    </message>
    <message>
        <source>Decrypting the database</source>
        <translation>正在解密数据库</translation>
    </message>
    <message>
        <source>Giving the database another key</source>
        <translation>正在为数据库更换密钥</translation>
    </message>
    <message>
        <source>The database is encrypted already; `costeer storage change-key` gives it another key.</source>
        <translation>数据库已加密；可用 `costeer storage change-key` 更换密钥。</translation>
    </message>
    <message>
        <source>The database is not encrypted; `costeer storage encrypt` does that.</source>
        <translation>数据库未加密；可用 `costeer storage encrypt` 加密。</translation>
    </message>
    <message>
        <source>The database {file} is not encrypted, although it was: another one was put in its place. Move it away, or start where your keychain or passphrase is, which encrypts it.</source>
        <translation>数据库 {file} 原已加密，现在却未加密：它已被另一个数据库替换。请将其移走，或在有你的钥匙串或口令的环境中启动以将其加密。</translation>
    </message>
    <message>
        <source>This computer offers no keychain for the key; choose a passphrase.</source>
        <translation>本机没有可存放密钥的钥匙串；请选择口令。</translation>
    </message>
    <message>
        <source>A passphrase is needed that opens your data from now on; choose one.</source>
        <translation>今后打开你的数据需要一个口令；请设定一个。</translation>
    </message>
    <message>
        <source>The database {file} cannot be read ({why}); check its permissions.</source>
        <translation>无法读取数据库 {file}（{why}）；请检查其权限。</translation>
    </message>
    <message>
        <source>The database {file} was encrypted and is missing; a new one is not made without encryption. Bring it back, or start where your keychain or passphrase is.</source>
        <translation>已加密的数据库 {file} 不见了；不会新建未加密的数据库。请将其找回，或在有你的钥匙串或口令的环境中启动。</translation>
    </message>
    <message>
        <source>The database is not encrypted yet; the next start does it.</source>
        <translation>数据库尚未加密；将在下次启动时加密。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({why}); allow reading it.</source>
        <translation>无法读取 {file}（{why}）；请允许读取。</translation>
    </message>
    <message>
        <source>{file} cannot be written ({why}); free some space, or allow writing there.</source>
        <translation>无法写入 {file}（{why}）；请腾出空间，或允许写入。</translation>
    </message>
    <message>
        <source>Checking the ledger</source>
        <translation>正在核对账本</translation>
    </message>
    <message>
        <source>The export {export} is not intact itself: entry {number} is not as it was written, so nothing can be compared with it; take another.</source>
        <translation>导出文件 {export} 本身不完好：第 {number} 条记录与写出时不同，因此无法与其核对；请换一份。</translation>
    </message>
    <message>
        <source>The ledger has no such request; look at the list again.</source>
        <translation>账本中没有此请求；请再次查看列表。</translation>
    </message>
    <message>
        <source>The ledger has no entry {number}; `costeer ledger list` shows what it has.</source>
        <translation>账本中没有第 {number} 条记录；可用 `costeer ledger list` 查看现有记录。</translation>
    </message>
    <message>
        <source>The ledger cannot be written to {file}: {why}.</source>
        <translation>无法将账本写入 {file}：{why}。</translation>
    </message>
    <message>
        <source>message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>The local model was closed while it was answering; continue the answer.</source>
        <translation>本地模型在回答时被关闭；请继续该回答。</translation>
    </message>
    <message>
        <source>Something went wrong inside the application; the details are in its log.</source>
        <translation>应用内部出错；详情见其日志。</translation>
    </message>
    <message>
        <source>The message is empty; write something to ask.</source>
        <translation>消息为空；请写下要问的内容。</translation>
    </message>
    <message>
        <source>The {what} has {count} characters and {most} are allowed; shorten it.</source>
        <translation>{what}有 {count} 个字符，最多允许 {most} 个；请将其缩短。</translation>
    </message>
    <message>
        <source>Only a question can be edited and sent again; choose one.</source>
        <translation>只有问题可以编辑并重新发送；请选择一个问题。</translation>
    </message>
    <message>
        <source>You wrote this answer yourself; have the question answered again instead.</source>
        <translation>这个回答是你自己写的；请让问题重新得到回答。</translation>
    </message>
    <message>
        <source>Only an answer can be written again; choose one.</source>
        <translation>只有回答可以重写；请选择一个回答。</translation>
    </message>
    <message>
        <source>message with its documents</source>
        <translation>消息及其文档</translation>
    </message>
    <message>
        <source>Private: sent as {placeholders}.</source>
        <translation>私密内容：以 {placeholders} 代替发送。</translation>
    </message>
    <message>
        <source>There are {count} gains and {most} are allowed; remove some.</source>
        <translation>有 {count} 个增益，最多允许 {most} 个；请移除一些。</translation>
    </message>
    <message>
        <source>{month!r} is no month; write it as 2026-11.</source>
        <translation>{month!r} 不是月份；请写成 2026-11 的形式。</translation>
    </message>
    <message>
        <source>There is no preference {name}; choose another.</source>
        <translation>没有名为 {name} 的偏好；请选择其他的。</translation>
    </message>
    <message>
        <source>There is a preference “{words}” already; use its slider.</source>
        <translation>已有偏好“{words}”；请使用它的滑块。</translation>
    </message>
    <message>
        <source>There can be {most} preferences of your own; remove one first.</source>
        <translation>你自己的偏好最多 {most} 个；请先移除一个。</translation>
    </message>
    <message>
        <source>Only preferences in your own words can be removed; choose one of these.</source>
        <translation>只能移除用你自己的话写的偏好；请选择其中之一。</translation>
    </message>
    <message>
        <source>Nothing was sent: the message holds a private text (it begins “{beginning}…”{more}); take it out, or let it be replaced or sent.</source>
        <translation>未发送任何内容：消息中含有私密文本（开头为“{beginning}…”{more}）；请将其删去，或选择替换或原样发送。</translation>
    </message>
    <message>
        <source>private word</source>
        <translation>私密词语</translation>
    </message>
    <message>
        <source>The private word is empty; write a name, an address or a code.</source>
        <translation>私密词语为空；请填写姓名、地址或代码。</translation>
    </message>
    <message>
        <source>The private word has {count} characters and {most} are allowed; shorten it.</source>
        <translation>该私密词语有 {count} 个字符，最多允许 {most} 个；请缩短。</translation>
    </message>
    <message>
        <source>“{word}” is too short to be recognised in other texts; write at least three letters.</source>
        <translation>“{word}”太短，无法在其他文本中识别；请至少填写三个字母。</translation>
    </message>
    <message>
        <source>This private word is there already.</source>
        <translation>该私密词语已经存在。</translation>
    </message>
    <message>
        <source>The file {name} has {count} characters and {most} are allowed; choose a part of it.</source>
        <translation>文件 {name} 有 {count} 个字符，最多允许 {most} 个；请选取其中一部分。</translation>
    </message>
    <message>
        <source>The file {name} holds no text; choose another one.</source>
        <translation>文件 {name} 不含文本；请选择其他文件。</translation>
    </message>
    <message>
        <source>The file {name} is larger than {most} MB; choose a part of it.</source>
        <translation>文件 {name} 大于 {most} MB；请选取其中一部分。</translation>
    </message>
    <message>
        <source>The file {name} is neither UTF-8 text nor a PDF; save it as one of these.</source>
        <translation>文件 {name} 既不是 UTF-8 文本也不是 PDF；请另存为其中一种。</translation>
    </message>
    <message>
        <source>The PDF {name} is damaged or no PDF; open it in another program and save it again.</source>
        <translation>PDF {name} 已损坏或不是 PDF；请用其他程序打开并重新保存。</translation>
    </message>
    <message>
        <source>{name} is {what}; choose a text, Markdown or PDF file.</source>
        <translation>{name} {what}；请选择文本、Markdown 或 PDF 文件。</translation>
    </message>
    <message>
        <source>The file {name} cannot be read ({why}); check its permissions.</source>
        <translation>无法读取文件 {name}（{why}）；请检查其权限。</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>是文件夹</translation>
    </message>
    <message>
        <source>no such file</source>
        <translation>不存在</translation>
    </message>
    <message>
        <source>its name cannot be used</source>
        <translation>其名称无法使用</translation>
    </message>
    <message>
        <source>The PDF {name} has more than {pages} pages; take out the part that matters.</source>
        <translation>PDF {name} 超过 {pages} 页；请取出需要的部分。</translation>
    </message>
    <message>
        <source>The PDF {name} holds more text than a document may have; take out the part that matters.</source>
        <translation>PDF {name} 的文本超出文档的上限；请取出需要的部分。</translation>
    </message>
    <message>
        <source>The PDF {name} is protected by a password; save it without one.</source>
        <translation>PDF {name} 受密码保护；请保存为无密码的文件。</translation>
    </message>
    <message>
        <source>The PDF {name} holds no text, only pictures perhaps; run a text recognition over it first.</source>
        <translation>PDF {name} 不含文本，也许只有图片；请先进行文字识别。</translation>
    </message>
    <message>
        <source>The PDF {name} takes longer than {seconds} seconds to read; take out the part that matters.</source>
        <translation>读取 PDF {name} 超过 {seconds} 秒；请取出需要的部分。</translation>
    </message>
    <message>
        <source>The PDF {name} takes too much memory to read; take out the part that matters.</source>
        <translation>读取 PDF {name} 占用过多内存；请取出需要的部分。</translation>
    </message>
    <message>
        <source>There are {count} documents already; send them or remove one.</source>
        <translation>已有 {count} 个文档；请发送它们，或移除一个。</translation>
    </message>
    <message>
        <source>This document was sent with its question and is a part of it; edit the question.</source>
        <translation>此文档已随问题发送，是问题的一部分；请编辑该问题。</translation>
    </message>
    <message>
        <source>A price is 0 to {most:,.0f} for a million tokens, in a currency; enter it again.</source>
        <translation>价格为每百万词元 0 到 {most:,.0f}，并注明货币；请重新输入。</translation>
    </message>
    <message>
        <source>There is an endpoint “{name}” already; choose another name.</source>
        <translation>已有名为“{name}”的端点；请另选名称。</translation>
    </message>
    <message>
        <source>The name {name!r} is the built-in endpoint&apos;s; choose another.</source>
        <translation>名称 {name!r} 属于内置端点；请另选名称。</translation>
    </message>
    <message>
        <source>The list of known clouds {file} names one twice; reinstall the application.</source>
        <translation>已知云端模型列表 {file} 中有重复项；请重新安装应用。</translation>
    </message>
    <message>
        <source>The list of known clouds {file} cannot be read ({error}); reinstall the application.</source>
        <translation>无法读取已知云端模型列表 {file}（{error}）；请重新安装应用。</translation>
    </message>
    <message>
        <source>There is no endpoint {name!r}; `costeer endpoint list` shows those there are.</source>
        <translation>没有端点 {name!r}；可用 `costeer endpoint list` 查看现有端点。</translation>
    </message>
    <message>
        <source>testing {name}</source>
        <translation>正在测试 {name}</translation>
    </message>
    <message>
        <source>The report cannot be written to {file}: {why}.</source>
        <translation>无法将报告写入 {file}：{why}。</translation>
    </message>
    <message>
        <source>The log {file} cannot be read: {why}.</source>
        <translation>无法读取日志 {file}：{why}。</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Only an answer that is no longer being written can be changed; choose one.</source>
        <translation>只能修改已经写完的回答；请选择一个。</translation>
    </message>
    <message>
        <source>The answer is empty; write what it should say.</source>
        <translation>回答是空的；请写下它应当说的内容。</translation>
    </message>
    <message>
        <source>Reading your texts</source>
        <translation>正在读取你的文字</translation>
    </message>
    <message>
        <source>That does not show: steered at the default strength, the cloud comes {low:.2f} to {high:.2f} bits a token nearer to how you write than alone.</source>
        <translation>看不出来：以默认强度引导时，云端比单独回答时每个词元接近你的写法 {low:.2f} 至 {high:.2f} 比特。</translation>
    </message>
    <message>
        <source>No setting fits your writing clearly better than the default does (best held-out gain {gain:.3f} bits a token, {low:.3f} to {high:.3f}); no mark is set.</source>
        <translation>没有设置明显比默认值更贴合你的文字（留出集上的最佳增益为每词元 {gain:.3f} 比特，{low:.3f} 至 {high:.3f}）；未设置标记。</translation>
    </message>
    <message>
        <source>Yes: steered at the default strength, the cloud comes nearer to how you write, by {bits:.2f} of {alone:.2f} bits a token ({low:.2f} to {high:.2f}).</source>
        <translation>有：以默认强度引导时，云端更接近你的写法，每个词元 {alone:.2f} 比特中少了 {bits:.2f}（{low:.2f} 至 {high:.2f}）。</translation>
    </message>
    <message>
        <source>No: steered at the default strength, the cloud moves away from how you write, by {bits:.2f} bits a token ({low:.2f} to {high:.2f}).</source>
        <translation>没有：以默认强度引导时，云端偏离了你的写法，每个词元多 {bits:.2f} 比特（{low:.2f} 至 {high:.2f}）。</translation>
    </message>
    <message>
        <source>Strength {strength:g} with mixture {mixture:g} fits your writing better than the default: {gain:.3f} bits a token ({low:.3f} to {high:.3f}).</source>
        <translation>强度 {strength:g} 配混合 {mixture:g} 比默认值更贴合你的文字：每词元 {gain:.3f} 比特（{low:.3f} 至 {high:.3f}）。</translation>
    </message>
    <message>
        <source>{found} At a lower strength fewer facts of your profile are written.</source>
        <translation>{found}强度越低，写出的个人资料事实越少。</translation>
    </message>
    <message>
        <source>No steering comes closer to these texts of yours than the cloud does alone; no mark is set.</source>
        <translation>任何引导都不如云端单独撰写更接近你的这些文字；未设置标记。</translation>
    </message>
    <message>
        <source>You have not written anything here yet; choose a text file that you wrote.</source>
        <translation>你在这里还没有写过内容；请选择一个你撰写的文本文件。</translation>
    </message>
    <message>
        <source>Your profile is empty and there is no other text; add a fact about you or a text.</source>
        <translation>你的个人资料为空，也没有其他文字；请添加一条关于你的事实或一份文字。</translation>
    </message>
    <message>
        <source>the endpoint in use would have to be sent your texts</source>
        <translation>否则须将你的文字发送给正在使用的端点</translation>
    </message>
    <message>
        <source>{model} uses another tokenizer</source>
        <translation>{model} 使用不同的分词器</translation>
    </message>
    <message>
        <source>The list cannot be written to {file}: {why}.</source>
        <translation>无法将列表写入 {file}：{why}。</translation>
    </message>
    <message>
        <source>Reading what was sent</source>
        <translation>正在读取已发送的内容</translation>
    </message>
    <message>
        <source>There is no personal model for this local model yet; train one.</source>
        <translation>这个本地模型还没有个人模型；请训练一个。</translation>
    </message>
    <message>
        <source>Writing the ledger</source>
        <translation>正在写出账本</translation>
    </message>
    <message>
        <source>The export {file} is cut off; make it again, or take another.</source>
        <translation>导出文件 {file} 不完整；请重新导出，或换一份。</translation>
    </message>
    <message>
        <source>{file} is no export of the ledger; `costeer ledger export FILE` writes one.</source>
        <translation>{file} 不是账本的导出文件；可用 `costeer ledger export FILE` 写出一份。</translation>
    </message>
    <message>
        <source>The export {file} cannot be read: {why}.</source>
        <translation>无法读取导出文件 {file}：{why}。</translation>
    </message>
    <message>
        <source>it is no UTF-8 text</source>
        <translation>不是 UTF-8 文本</translation>
    </message>
    <message>
        <source>What left this computer</source>
        <translation>离开本机的内容</translation>
    </message>
    <message>
        <source>To have an answer written, or written on from a certain word</source>
        <translation>为了撰写回答，或从某个词起继续撰写</translation>
    </message>
    <message>
        <source>To have the conversation laid out in the form that the cloud wants</source>
        <translation>为了把对话排成云端要求的格式</translation>
    </message>
    <message>
        <source>To learn into which pieces the cloud cuts a text</source>
        <translation>为了了解云端如何切分文本</translation>
    </message>
    <message>
        <source>To find out what the cloud can do</source>
        <translation>为了了解云端支持什么</translation>
    </message>
    <message>
        <source>To have answers written from which your preferences are learnt</source>
        <translation>让云端写出用于学习你偏好的回答</translation>
    </message>
    <message>
        <source>To have texts written from which the personal model learns</source>
        <translation>让云端写出供个人模型学习的文本</translation>
    </message>
    <message>
        <source>What you allowed to be told about you</source>
        <translation>你允许告知的个人情况</translation>
    </message>
    <message>
        <source>Your messages</source>
        <translation>你的消息</translation>
    </message>
    <message>
        <source>Documents that you sent along</source>
        <translation>你一并发送的文档</translation>
    </message>
    <message>
        <source>Answers, as far as they were written</source>
        <translation>当时已写出的回答</translation>
    </message>
    <message>
        <source>Words of the cloud&apos;s own that were handed back to it</source>
        <translation>云端自己写出、又交还给它的文字</translation>
    </message>
    <message>
        <source>Other texts</source>
        <translation>其他文本</translation>
    </message>
    <message>
        <source>Marks that the cloud wants around messages</source>
        <translation>云端要求加在消息前后的标记</translation>
    </message>
    <message>
        <source>Texts for trying out a cloud</source>
        <translation>测试云端用的文本</translation>
    </message>
    <message>
        <source>Settings of requests</source>
        <translation>请求的设置</translation>
    </message>
    <message>
        <source>Times asked</source>
        <translation>请求次数</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>{said}; with these words of your profile: {words}</source>
        <translation>{said}；含有个人资料中的这些词：{words}</translation>
    </message>
    <message>
        <source>a private text was in it</source>
        <translation>其中含有私密文本</translation>
    </message>
    <message>
        <source>it was not announced to the one way out</source>
        <translation>未经唯一出口登记</translation>
    </message>
    <message>
        <source>{it}</source>
        <translation>{it}</translation>
    </message>
    <message>
        <source>Cloud</source>
        <translation>云端</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>{kind}; sent once, on {when}</source>
        <translation>{kind}；发送过一次，时间 {when}</translation>
    </message>
    <message>
        <source>{kind}; sent {count} times, last on {when}</source>
        <translation>{kind}；发送过 {count} 次，最近一次 {when}</translation>
    </message>
    <message>
        <source>… and {count} more characters</source>
        <translation>……还有 {count} 个字符</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>去向</translation>
    </message>
    <message>
        <source>Why it was stopped</source>
        <translation>拦截原因</translation>
    </message>
    <message>
        <source>A cloud is a computer somewhere that writes answers. CoSteer sends it your question and gets back the answer, piece by piece. Each time it sends something, it first writes down here what it sends, and afterwards what came back. This report is made from that record, on this computer, and sent to nobody.</source>
        <translation>“云端”是某处撰写回答的计算机。CoSteer 把你的问题发给它，再一段一段地取回回答。每次发送之前，CoSteer 都会先在本机记下要发送的内容，之后再记下收到的内容。本报告就是根据这份账本在本机生成的，不会发给任何人。</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>发给了谁</translation>
    </message>
    <message>
        <source>{hosts} (this computer)</source>
        <translation>{hosts} (本机)</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>为什么</translation>
    </message>
    <message>
        <source>What was sent</source>
        <translation>发送了什么</translation>
    </message>
    <message>
        <source>Each text once, however often it was sent. All requests word for word are in the export.</source>
        <translation>每段文本只列一次，不论发送过多少次。全部请求的原文见导出文件。</translation>
    </message>
    <message>
        <source>Your private texts</source>
        <translation>你的私密文本</translation>
    </message>
    <message>
        <source>What was stopped</source>
        <translation>被拦截的内容</translation>
    </message>
    <message>
        <source>{count} times something was stopped before it left. Of each, nothing was sent. The newest:</source>
        <translation>共有 {count} 次在离开本机之前被拦截，均未发出任何内容。最近的几次：</translation>
    </message>
    <message>
        <source>{count} requests belong to temporary chats, whose words are not kept.</source>
        <translation>{count} 次请求属于临时对话，其内容不予保留。</translation>
    </message>
    <message>
        <source>Of {count} requests the words were forgotten, as you wanted.</source>
        <translation>{count} 次请求的内容已按你的要求清除。</translation>
    </message>
    <message>
        <source>{count} requests got no whole answer.</source>
        <translation>{count} 次请求未得到完整的回应。</translation>
    </message>
    <message>
        <source>How {count} requests ended is not on record; perhaps they are under way.</source>
        <translation>{count} 次请求的结果没有记录，可能仍在进行。</translation>
    </message>
    <message>
        <source>Entries 1 to {last} were removed because they were older than you wanted to keep them.</source>
        <translation>第 1 至 {last} 条记录已超过你设定的保留期限，已被移除。</translation>
    </message>
    <message>
        <source>Is the record as it was written?</source>
        <translation>账本是否保持原样？</translation>
    </message>
    <message>
        <source>Yes. All {count} entries were checked when this report was made; each holds a mark of the one before, so that a change would be found.</source>
        <translation>是。生成本报告时检查了全部 {count} 条记录；每条记录都带有前一条的标记，任何改动都会被发现。</translation>
    </message>
    <message>
        <source>How sizes are counted</source>
        <translation>大小如何计算</translation>
    </message>
    <message>
        <source>Sent and received are the bytes of the messages themselves, as they went through the connection.</source>
        <translation>“已发送”和“已接收”是消息本身经过连接的字节数。</translation>
    </message>
    <message>
        <source>All that CoSteer has on record. Written on {when}.</source>
        <translation>CoSteer 的全部记录。生成时间：{when}。</translation>
    </message>
    <message>
        <source>In the month {month}. Written on {when}.</source>
        <translation>{month} 月份。生成时间：{when}。</translation>
    </message>
    <message>
        <source>Nothing left this computer in this time.</source>
        <translation>这段时间没有任何内容离开本机。</translation>
    </message>
    <message>
        <source>Other computers were asked {requests} times: {up} left this computer, and {down} came back.</source>
        <translation>向其他计算机请求了 {requests} 次：{up} 离开本机，收回 {down}。</translation>
    </message>
    <message>
        <source>Programs on this computer itself were asked {requests} times: {up} went to them and {down} came back, none of it over a network.</source>
        <translation>向本机上的程序请求了 {requests} 次：发出 {up}，收回 {down}，均未经过网络。</translation>
    </message>
    <message>
        <source>First</source>
        <translation>首次</translation>
    </message>
    <message>
        <source>Last</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Day or month</source>
        <translation>日期或月份</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>There is no text that you have marked private.</source>
        <translation>你没有标为私密的文本。</translation>
    </message>
    <message>
        <source>Steering wrote these words of your profile into answers, so the cloud has seen them: {words}.</source>
        <translation>引导把个人资料中的这些词写进了回答，因此云端见过它们：{words}。</translation>
    </message>
    <message>
        <source>The cloud was told {tokens} pieces of answers, so that it could go on behind them. From which words these are it could learn at most {bits:.1f} bits about your profile; one bit is the answer to one question with yes or no.</source>
        <translation>为了让云端接着撰写，共告知它 {tokens} 个回答片段。根据这些用词，它最多能得知关于你个人资料的 {bits:.1f} 比特信息；一比特相当于回答一个“是或否”的问题。</translation>
    </message>
    <message>
        <source>Nothing had to be stopped.</source>
        <translation>没有内容需要拦截。</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>What this report cannot show</source>
        <translation>本报告无法显示的内容</translation>
    </message>
    <message>
        <source>No. Entry {number} was changed, removed or moved after it was written. Compare the record with an earlier export.</source>
        <translation>否。第 {number} 条记录在写入之后被更改、移除或移动过。请与先前的导出文件比较。</translation>
    </message>
    <message>
        <source>Of the entries that were removed earlier, some were not as they were written.</source>
        <translation>先前移除的记录中，有些已不是原样。</translation>
    </message>
    <message>
        <source>Keep this report, or note the mark of the newest entry: whoever changes the record later cannot bring it back. “costeer ledger verify --expect” checks it.</source>
        <translation>请保存本报告，或记下最新一条记录的标记：以后改动账本的人无法还原它。可用“costeer ledger verify --expect”核对。</translation>
    </message>
    <message>
        <source>The mark:</source>
        <translation>标记：</translation>
    </message>
    <message>
        <source>The connections took {up} and {down} more for themselves, for encryption above all.</source>
        <translation>连接本身另外用去 {up} 和 {down}，主要用于加密。</translation>
    </message>
    <message>
        <source>For {count} requests the sizes could not be counted and were worked out.</source>
        <translation>有 {count} 次请求的大小无法计量，由推算得出。</translation>
    </message>
    <message>
        <source>You have {count} private texts (entries of your profile, memories, sentences of private documents). Every text that was sent was searched for them: none was found.</source>
        <translation>你有 {count} 段私密文本（个人资料条目、记忆、私密文档中的句子）。已在所有发送过的文本中查找：均未发现。</translation>
    </message>
    <message>
        <source>Of your {count} private texts these were found in what was sent. Perhaps you marked them private later, or allowed them to be sent; they begin with:</source>
        <translation>在你的 {count} 段私密文本中，以下几段出现在发送过的内容里。它们可能是后来才标为私密的，也可能是你允许发送的；开头如下：</translation>
    </message>
    <message>
        <source>{kind}: {count}</source>
        <translation>{kind}：{count}</translation>
    </message>
    <message>
        <source>{kind}: {count} more, older ones.</source>
        <translation>{kind}：另有 {count} 条较早的。</translation>
    </message>
    <message>
        <source>Reading the ledger</source>
        <translation>正在读取账本</translation>
    </message>
    <message>
        <source>{file} does not tell what to write; let it end in .html or .md.</source>
        <translation>从 {file} 看不出要写成什么格式；请让文件名以 .html 或 .md 结尾。</translation>
    </message>
    <message>
        <source>Removing old entries</source>
        <translation>正在移除旧记录</translation>
    </message>
    <message>
        <source>Forgetting words</source>
        <translation>正在抹去文字内容</translation>
    </message>
    <message>
        <source>The ledger cannot be kept for {days} days; choose a number from 1 to {most}.</source>
        <translation>账本无法保留 {days} 天；请选择 1 到 {most} 之间的数。</translation>
    </message>
    <message>
        <source>title</source>
        <translation>标题</translation>
    </message>
    <message>
        <source>name of the folder</source>
        <translation>文件夹名称</translation>
    </message>
    <message>
        <source>The title is empty; type a name for the conversation.</source>
        <translation>标题为空；请输入对话的名称。</translation>
    </message>
    <message>
        <source>There is no folder {name!r}; choose one from the list.</source>
        <translation>没有文件夹 {name!r}；请从列表中选择。</translation>
    </message>
    <message>
        <source>There are {count} versions of this message; choose one of them.</source>
        <translation>此消息有 {count} 个版本；请选择其中一个。</translation>
    </message>
    <message>
        <source>Looking for what is worth remembering</source>
        <translation>正在寻找值得记住的内容</translation>
    </message>
    <message>
        <source>There is {what} whose id begins with {beginning!r}; `costeer profile memories` lists them.</source>
        <translation>{what}的编号以 {beginning!r} 开头；可用 `costeer profile memories` 列出记忆。</translation>
    </message>
    <message>
        <source>no memory</source>
        <translation>没有记忆</translation>
    </message>
    <message>
        <source>more than one memory</source>
        <translation>不止一条记忆</translation>
    </message>
    <message>
        <source>There is no decoder {decoder!r}; choose lookahead or token.</source>
        <translation>没有解码器 {decoder!r}；请选择 lookahead 或 token。</translation>
    </message>
    <message>
        <source>There is no way {way!r} with private texts; choose ask, replace or refuse.</source>
        <translation>没有处理私密文本的方式 {way!r}；请选择 ask、replace 或 refuse。</translation>
    </message>
    <message>
        <source>There is no sampling {sampling!r}; choose quiet or fast.</source>
        <translation>没有抽样方式 {sampling!r}；请选择 quiet 或 fast。</translation>
    </message>
    <message>
        <source>strength</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>mixture</source>
        <translation>混合</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>top p</source>
        <translation>top p</translation>
    </message>
    <message>
        <source>prefetch</source>
        <translation>预取</translation>
    </message>
    <message>
        <source>max tokens</source>
        <translation>最大词元数</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>The {name} {value} is outside {low} to {high}; choose one inside.</source>
        <translation>{name} {value} 不在 {low} 到 {high} 之间；请选择范围内的值。</translation>
    </message>
    <message>
        <source>The gain {gain} of {signal} is outside 0.0 to {most}; choose one inside.</source>
        <translation>{signal} 的增益 {gain} 不在 0.0 到 {most} 之间；请选择范围内的值。</translation>
    </message>
    <message>
        <source>A leak budget of {bits:g} bits cannot be kept; choose {least:g} to {most:g}, or 0 for no bound.</source>
        <translation>{bits:g} 比特的泄露预算无法遵守；请选择 {least:g} 到 {most:g}，或选 0 表示不设上限。</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be made, or kept from others ({why}); choose another with COSTEER_HOME.</source>
        <translation>无法创建文件夹 {folder}，或无法禁止他人访问它（{why}）；请用 COSTEER_HOME 另选一个。</translation>
    </message>
    <message>
        <source>{parent} holds a run of something else (it differs in {changed}); choose another folder.</source>
        <translation>{parent} 中是另一项运行（{changed} 不同）；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Not everything could be deleted; remove {files} by hand.</source>
        <translation>未能全部删除；请手动移除 {files}。</translation>
    </message>
    <message>
        <source>There is too little of your own writing ({total} tokens; {least} or more are needed, in files or in messages of a few sentences each); add a text or two that you wrote.</source>
        <translation>你自己的文字太少（{total} 个词元；至少需要 {least} 个，来自文件或各有数句的消息）；请添加一两份你撰写的文字。</translation>
    </message>
    <message>
        <source>{file} is neither a .txt nor a .md file; save the text as one of these.</source>
        <translation>{file} 既不是 .txt 也不是 .md 文件；请将文字另存为其中一种。</translation>
    </message>
    <message>
        <source>The text {file} is larger than 1 MB; choose a part of it.</source>
        <translation>文本 {file} 大于 1 MB；请选取其中一部分。</translation>
    </message>
    <message>
        <source>There is no file {file}; check the path.</source>
        <translation>没有文件 {file}；请检查路径。</translation>
    </message>
    <message>
        <source>The text {file} is not UTF-8; save it as UTF-8 and try again.</source>
        <translation>文本 {file} 不是 UTF-8；请另存为 UTF-8 后重试。</translation>
    </message>
    <message>
        <source>The text {file} cannot be read: {why}.</source>
        <translation>无法读取文本 {file}：{why}。</translation>
    </message>
    <message>
        <source>A thumb is about one answer; choose one answer to rate.</source>
        <translation>评价只针对一个回答；请选择要评价的回答。</translation>
    </message>
    <message>
        <source>A thumb is +1 or -1, not {value}; choose one of them.</source>
        <translation>评价只能是 +1 或 -1，不能是 {value}；请选择其一。</translation>
    </message>
    <message>
        <source>entry</source>
        <translation>条目</translation>
    </message>
    <message>
        <source>The entry is empty; write something or remove it.</source>
        <translation>条目为空；请写些内容，或将其移除。</translation>
    </message>
    <message>
        <source>The entry has {count} characters and {most} are allowed; split it.</source>
        <translation>条目有 {count} 个字符，最多允许 {most} 个；请将其拆分。</translation>
    </message>
    <message>
        <source>Preferences are not steered by: this local model has no adapter for them yet; train one.</source>
        <translation>未按偏好引导：这个本地模型还没有相应的适配器；请训练一个。</translation>
    </message>
    <message>
        <source>Reading the answers that you chose</source>
        <translation>正在读取你选择的答案</translation>
    </message>
    <message>
        <source>You have chosen between answers {count} times and {least} are needed; compare some more.</source>
        <translation>你在答案之间选择了 {count} 次，而需要 {least} 次；请再比较一些。</translation>
    </message>
    <message>
        <source>Adapters cannot be kept in {folder} ({why}); make room there.</source>
        <translation>无法将适配器保存在 {folder}（{why}）；请在那里腾出空间。</translation>
    </message>
    <message>
        <source>The adapter that was just written is gone; train again.</source>
        <translation>刚写好的适配器不见了；请重新训练。</translation>
    </message>
    <message>
        <source>There is no version {version} of this adapter; choose another.</source>
        <translation>这个适配器没有第 {version} 版；请选择其他版本。</translation>
    </message>
    <message>
        <source>Trying the adapter on pairs that it has not seen</source>
        <translation>正在用未见过的答案对检验适配器</translation>
    </message>
    <message>
        <source>The local model reads the pairs</source>
        <translation>本地模型正在读取答案对</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>正在训练</translation>
    </message>
    <message>
        <source>There are {count} pairs to learn from and {least} are needed; have more answers written.</source>
        <translation>可供学习的答案对有 {count} 个，而需要 {least} 个；请让云端再写一些。</translation>
    </message>
    <message>
        <source>it consists of more than {most} values</source>
        <translation>由超过 {most} 个值组成</translation>
    </message>
    <message>
        <source>it is not valid JSON</source>
        <translation>不是有效的 JSON</translation>
    </message>
    <message>
        <source>it is nested more than {most} deep</source>
        <translation>嵌套超过 {most} 层</translation>
    </message>
    <message>
        <source>it has more than {most} MB</source>
        <translation>超过 {most} MB</translation>
    </message>
    <message>
        <source>its messages answer each other in a circle</source>
        <translation>其消息循环地互相应答</translation>
    </message>
    <message>
        <source>a message has more than {most} characters</source>
        <translation>有消息超过 {most} 个字符</translation>
    </message>
    <message>
        <source>it has more than {most} messages</source>
        <translation>超过 {most} 条消息</translation>
    </message>
    <message>
        <source>a newer version of the application wrote it; update, and import it again</source>
        <translation>由较新版本的应用写出；请更新后重新导入</translation>
    </message>
    <message>
        <source>its messages are missing or more than {most}</source>
        <translation>其消息缺失，或超过 {most} 条</translation>
    </message>
    <message>
        <source>a message has a role or a state that there is not</source>
        <translation>有消息的角色或状态并不存在</translation>
    </message>
    <message>
        <source>a text is missing or too long</source>
        <translation>文本缺失或过长</translation>
    </message>
    <message>
        <source>an id is too long</source>
        <translation>有编号过长</translation>
    </message>
    <message>
        <source>a time is missing</source>
        <translation>缺少时间</translation>
    </message>
    <message>
        <source>a time does not tell its zone</source>
        <translation>有时间未注明时区</translation>
    </message>
    <message>
        <source>a figure is not a number</source>
        <translation>有数据不是数字</translation>
    </message>
    <message>
        <source>it has no {key}</source>
        <translation>缺少 {key}</translation>
    </message>
    <message>
        <source>one of its values is not what it should be</source>
        <translation>其中有值不符合要求</translation>
    </message>
    <message>
        <source>a text is not one</source>
        <translation>有文本不是文本</translation>
    </message>
    <message>
        <source>it is no conversation that is known here</source>
        <translation>不是可识别的对话</translation>
    </message>
    <message>
        <source>Reading {name}</source>
        <translation>正在读取 {name}</translation>
    </message>
    <message>
        <source>{name} holds no conversations that are known here; choose an export of ChatGPT, of Open WebUI or of this application.</source>
        <translation>{name} 中没有可识别的对话；请选择 ChatGPT、Open WebUI 或本应用的导出文件。</translation>
    </message>
    <message>
        <source>{label} ends in the middle of a conversation; those before it were read. Download or export it once more.</source>
        <translation>{label} 在一段对话中途结束；之前的对话已读取。请重新下载或导出。</translation>
    </message>
    <message>
        <source>nothing was said in it</source>
        <translation>其中没有任何内容</translation>
    </message>
    <message>
        <source>Writing conversations</source>
        <translation>正在写出对话</translation>
    </message>
    <message>
        <source>{file} is already there; choose another name, or allow it to be replaced.</source>
        <translation>{file} 已存在；请另选名称，或允许替换。</translation>
    </message>
    <message>
        <source>There are no conversations to export yet.</source>
        <translation>还没有可导出的对话。</translation>
    </message>
    <message>
        <source>{place} cannot be written ({why}); choose another place.</source>
        <translation>无法写入 {place}（{why}）；请另选位置。</translation>
    </message>
    <message>
        <source>{name} holds no JSON file; choose the zip that the export gave.</source>
        <translation>{name} 中没有 JSON 文件；请选择导出所得的 zip。</translation>
    </message>
    <message>
        <source>{name} declares more than {most} GB; import it in parts.</source>
        <translation>{name} 声明超过 {most} GB；请分批导入。</translation>
    </message>
    <message>
        <source>The zip declares a list of files of an absurd size; export the data once more.</source>
        <translation>该 zip 声明的文件列表大得离谱；请重新导出数据。</translation>
    </message>
    <message>
        <source>There is no file {file}; check its name.</source>
        <translation>没有文件 {file}；请检查其名称。</translation>
    </message>
    <message>
        <source>{file} is a folder; choose the files in it.</source>
        <translation>{file} 是文件夹；请选择其中的文件。</translation>
    </message>
    <message>
        <source>{name} cannot be read ({why}); download or export it once more.</source>
        <translation>无法读取 {name}（{why}）；请重新下载或导出。</translation>
    </message>
    <message>
        <source>{name} is encrypted or packed in an unusual way; unpack it and choose the JSON file.</source>
        <translation>{name} 已加密或以不常见的方式打包；请解包后选择 JSON 文件。</translation>
    </message>
    <message>
        <source>{name} holds more than {most} GB; import it in parts.</source>
        <translation>{name} 超过 {most} GB；请分批导入。</translation>
    </message>
    <message>
        <source>it shows a message that it does not have</source>
        <translation>所显示的消息并不存在</translation>
    </message>
    <message>
        <source>two of its messages have the same id</source>
        <translation>有两条消息的编号相同</translation>
    </message>
    <message>
        <source>a message stands before the one that it answers</source>
        <translation>有消息排在它所应答的消息之前</translation>
    </message>
    <message>
        <source>its messages are missing</source>
        <translation>其消息缺失</translation>
    </message>
    <message>
        <source>an id is missing or too long</source>
        <translation>编号缺失或过长</translation>
    </message>
    <message>
        <source>Asking the local model</source>
        <translation>正在询问本地模型</translation>
    </message>
    <message>
        <source>The answer has {count} tokens; choose some of them.</source>
        <translation>该回答有 {count} 个词元；请从中选择。</translation>
    </message>
    <message>
        <source>Only answers have reasons that can be told; choose an answer.</source>
        <translation>只有回答才能说明缘由；请选择一个回答。</translation>
    </message>
    <message>
        <source>The cloud drew a token that is not among its alternatives; please report this.</source>
        <translation>云端抽取的词元不在其候选项中；请报告此问题。</translation>
    </message>
    <message>
        <source>The cloud ended the answer without saying how it would go on; try again.</source>
        <translation>云端未说明后续就结束了回答；请重试。</translation>
    </message>
    <message>
        <source>The cloud has not told what its alternatives spell; please report this.</source>
        <translation>云端未告知其候选项的拼写；请报告此问题。</translation>
    </message>
    <message>
        <source>The answer has filled the local model&apos;s context.</source>
        <translation>回答已占满本地模型的上下文。</translation>
    </message>
    <message>
        <source>Nobody has told what token {token} spells; please report this.</source>
        <translation>词元 {token} 的拼写未知；请报告此问题。</translation>
    </message>
    <message>
        <source>Half a character was to be sent to the cloud; please report this.</source>
        <translation>将要向云端发送半个字符；请报告此问题。</translation>
    </message>
    <message>
        <source>The local model {local_name} and the cloud model {cloud_name} use different tokenizers; choose a local model of the same family.</source>
        <translation>本地模型 {local_name} 与云端模型 {cloud_name} 使用不同的分词器；请选择同一系列的本地模型。</translation>
    </message>
    <message>
        <source>{what}: there is not enough room, {size} MB are needed in {folder} and {free} MB are free; free some and try again.</source>
        <translation>{what}：空间不足，{folder} 中需要 {size} MB，可用 {free} MB；请腾出空间后重试。</translation>
    </message>
    <message>
        <source>The copy {target} does not hold what was copied; nothing was changed, please report this.</source>
        <translation>副本 {target} 与所复制的内容不符；未作任何更改，请报告此问题。</translation>
    </message>
    <message>
        <source>{file} cannot be written ({why}); check the disk.</source>
        <translation>无法写入 {file}（{why}）；请检查磁盘。</translation>
    </message>
    <message>
        <source>The database was opened twice; please report this.</source>
        <translation>数据库被打开了两次；请报告此问题。</translation>
    </message>
    <message>
        <source>The database was set aside while it was not open; please report this.</source>
        <translation>数据库在未打开时被搁置；请报告此问题。</translation>
    </message>
    <message>
        <source>The database was used after it had been closed; please report this.</source>
        <translation>数据库在关闭后仍被使用；请报告此问题。</translation>
    </message>
    <message>
        <source>{file} should be the database, but it is not a file; move it away and start again.</source>
        <translation>{file} 应为数据库，却不是文件；请将其移走后重新启动。</translation>
    </message>
    <message>
        <source>The database {file} cannot be created ({why}); check the permissions of its folder.</source>
        <translation>无法创建数据库 {file}（{why}）；请检查其文件夹的权限。</translation>
    </message>
    <message>
        <source>The database {file} can be read by others ({why}); make it yours and try again.</source>
        <translation>数据库 {file} 可被他人读取（{why}）；请将其设为仅你可用后重试。</translation>
    </message>
    <message>
        <source>The database {file} cannot be written; check its permissions and those of its folder.</source>
        <translation>无法写入数据库 {file}；请检查其权限及其文件夹的权限。</translation>
    </message>
    <message>
        <source>The database {file} cannot be opened; check its permissions and those of its folder.</source>
        <translation>无法打开数据库 {file}；请检查其权限及其文件夹的权限。</translation>
    </message>
    <message>
        <source>The database {file} is in use by another program; close that program and try again.</source>
        <translation>数据库 {file} 正被另一程序使用；请关闭该程序后重试。</translation>
    </message>
    <message>
        <source>The disk that holds the database {file} is full; make room and try again.</source>
        <translation>数据库 {file} 所在的磁盘已满；请腾出空间后重试。</translation>
    </message>
    <message>
        <source>{file} is damaged or is not a database; restore a backup, or move it away and start again.</source>
        <translation>{file} 已损坏或不是数据库；请恢复备份，或将其移走后重新启动。</translation>
    </message>
    <message>
        <source>The database {file} is damaged; restore a backup, or move it away and start again.</source>
        <translation>数据库 {file} 已损坏；请恢复备份，或将其移走后重新启动。</translation>
    </message>
    <message>
        <source>{what} must be a table with facts, style, notes or memories.</source>
        <translation>{what}须是含有 facts、style、notes 或 memories 的表。</translation>
    </message>
    <message>
        <source>{what} has an unknown key {key!r}; use facts, style, notes, memories.</source>
        <translation>{what}中有未知的键 {key!r}；请使用 facts、style、notes、memories。</translation>
    </message>
    <message>
        <source>{what} must have a text or a list of texts as its {key}.</source>
        <translation>{what}的 {key} 须是文本或文本列表。</translation>
    </message>
    <message>
        <source>The keys in {file} cannot be read ({why}); move that file away and enter the keys anew.</source>
        <translation>无法读取 {file} 中的密钥（{why}）；请移走该文件并重新输入密钥。</translation>
    </message>
    <message>
        <source>The passphrase does not open the keys in {file}; try again, or move that file away and enter the keys anew.</source>
        <translation>口令无法打开 {file} 中的密钥；请重试，或移走该文件并重新输入密钥。</translation>
    </message>
    <message>
        <source>{keychain} {what} ({kind}); unlock it and try again{otherwise}.</source>
        <translation>{keychain} {what}（{kind}）；请解锁后重试{otherwise}。</translation>
    </message>
    <message>
        <source>This computer, which offers no keychain,</source>
        <translation>没有钥匙串的本机</translation>
    </message>
    <message>
        <source>, or set {variable} in the environment</source>
        <translation>，或设置环境变量 {variable}</translation>
    </message>
    <message>
        <source>did not give the key</source>
        <translation>未给出密钥</translation>
    </message>
    <message>
        <source>did not take the key</source>
        <translation>未接收密钥</translation>
    </message>
    <message>
        <source>did not remove the key of {account}</source>
        <translation>未移除 {account} 的密钥</translation>
    </message>
    <message>
        <source>Texts about all topics have been written; forget some that were made for training to have more.</source>
        <translation>所有主题都已写过；要得到更多，请先遗忘一些为训练而写的文本。</translation>
    </message>
    <message>
        <source>Money is bounded, but no prices of {cloud} are entered; enter them, or bound the tokens instead.</source>
        <translation>设置了金额上限，但没有填写 {cloud} 的价格；请填写价格，或改为限制词元数。</translation>
    </message>
    <message>
        <source>The cloud cannot be reached, so no texts are written; try again later.</source>
        <translation>无法连接云端，因此没有写出文本；请稍后再试。</translation>
    </message>
    <message>
        <source>{file} is of no task of LaMP that is known here; choose a file of task {known}.</source>
        <translation>{file} 不属于可识别的 LaMP 任务；请选择任务 {known} 的文件。</translation>
    </message>
    <message>
        <source>{file} is no list of questions in LaMP&apos;s format; choose a questions file.</source>
        <translation>{file} 不是 LaMP 格式的问题列表；请选择问题文件。</translation>
    </message>
    <message>
        <source>{file} holds no outputs in LaMP&apos;s format; choose the outputs of the questions.</source>
        <translation>{file} 中没有 LaMP 格式的输出；请选择与问题对应的输出文件。</translation>
    </message>
    <message>
        <source>{file} is larger than 4 GB; cut it into parts.</source>
        <translation>{file} 超过 4 GB；请将其拆分。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({why}); check its path.</source>
        <translation>无法读取 {file}（{why}）；请检查其路径。</translation>
    </message>
    <message>
        <source>{file} is not JSON; choose a file in LaMP&apos;s format.</source>
        <translation>{file} 不是 JSON；请选择 LaMP 格式的文件。</translation>
    </message>
    <message>
        <source>{address!r} is no e-mail address; give the one that you write from.</source>
        <translation>{address!r} 不是电子邮件地址；请给出你发信所用的地址。</translation>
    </message>
    <message>
        <source>The mailbox {file} is larger than 2 GB; export a part of it.</source>
        <translation>邮箱 {file} 超过 2 GB；请导出其中一部分。</translation>
    </message>
    <message>
        <source>The mailbox {file} cannot be read ({why}); check its path.</source>
        <translation>无法读取邮箱 {file}（{why}）；请检查其路径。</translation>
    </message>
    <message>
        <source>The local model reads what you wrote</source>
        <translation>本地模型正在读取你写的内容</translation>
    </message>
    <message>
        <source>Trying the adapter on texts that it has not seen</source>
        <translation>正在用未见过的文本检验适配器</translation>
    </message>
    <message>
        <source>There are {count} texts of yours and {least} are needed; choose more sources.</source>
        <translation>你的文本有 {count} 篇，而需要 {least} 篇；请选择更多来源。</translation>
    </message>
    <message>
        <source>the computer runs on its battery</source>
        <translation>电脑正在使用电池</translation>
    </message>
    <message>
        <source>other programs need the processor</source>
        <translation>其他程序需要处理器</translation>
    </message>
    <message>
        <source>There is no way {way!r} to have texts written; choose private or samples.</source>
        <translation>没有名为 {way!r} 的写作方式；请选择 private 或 samples。</translation>
    </message>
    <message>
        <source>number of texts</source>
        <translation>文本数量</translation>
    </message>
    <message>
        <source>most tokens</source>
        <translation>词元上限</translation>
    </message>
    <message>
        <source>most money</source>
        <translation>费用上限</translation>
    </message>
    <message>
        <source>texts shown</source>
        <translation>展示的文本数</translation>
    </message>
    <message>
        <source>The cloud writes texts like yours</source>
        <translation>云端正在写与你相似的文本</translation>
    </message>
    <message>
        <source>The local model reads what was written</source>
        <translation>本地模型正在读写出的文本</translation>
    </message>
    <message>
        <source>There are no texts that may be sent; choose some, or the private way.</source>
        <translation>没有可以发送的文本；请选择一些，或改用隐私方式。</translation>
    </message>
    <message>
        <source>The answer ended without saying so; please report this.</source>
        <translation>回答未作说明便结束了；请报告此问题。</translation>
    </message>
    <message>
        <source>There are {count} texts and {most} are enough; choose fewer sources.</source>
        <translation>文本有 {count} 篇，{most} 篇就够了；请减少来源。</translation>
    </message>
    <message>
        <source>epochs</source>
        <translation>训练轮数</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>A text was forgotten while it was learnt from; train again without it.</source>
        <translation>有一段文本在学习期间被遗忘；请在没有它的情况下重新训练。</translation>
    </message>
    <message>
        <source>Another window or command is at this already; wait for its end, or stop it there.</source>
        <translation>另一个窗口或命令正在做这件事；请等它结束，或在那里停止。</translation>
    </message>
    <message>
        <source>The adapter {file} cannot be read ({why}).</source>
        <translation>适配器 {file} 无法读取（{why}）。</translation>
    </message>
    <message>
        <source>questions</source>
        <translation>问题数</translation>
    </message>
    <message>
        <source>answer tokens</source>
        <translation>回答词元数</translation>
    </message>
    <message>
        <source>answers at once</source>
        <translation>同时写的回答数</translation>
    </message>
    <message>
        <source>beta</source>
        <translation>系数 β</translation>
    </message>
    <message>
        <source>The cloud writes answers</source>
        <translation>云端正在撰写回答</translation>
    </message>
    <message>
        <source>The database {file} is damaged ({problem}); restore a backup.</source>
        <translation>数据库 {file} 已损坏（{problem}）；请恢复备份。</translation>
    </message>
    <message>
        <source>The database {file} refused what the program asked of it ({error}); please report this.</source>
        <translation>数据库 {file} 拒绝了程序的操作（{error}）；请报告此问题。</translation>
    </message>
    <message>
        <source>The database {file} cannot be used ({error}); check the disk that holds it.</source>
        <translation>无法使用数据库 {file}（{error}）；请检查其所在的磁盘。</translation>
    </message>
    <message>
        <source>This conversation is in the bin; restore it to go on with it.</source>
        <translation>此对话在回收站中；请恢复后再继续。</translation>
    </message>
    <message>
        <source>A message was added below one of another conversation; please report this.</source>
        <translation>有消息被添加到另一对话的消息之下；请报告此问题。</translation>
    </message>
    <message>
        <source>This preference no longer exists; it may have been removed in another window.</source>
        <translation>此偏好已不存在；可能已在另一窗口中移除。</translation>
    </message>
    <message>
        <source>This private word no longer exists; look at the profile again.</source>
        <translation>该私密词语已不存在；请重新查看个人资料。</translation>
    </message>
    <message>
        <source>This document no longer exists; add its file again.</source>
        <translation>此文档已不存在；请重新添加其文件。</translation>
    </message>
    <message>
        <source>An imported conversation shows a message that it does not have; please report this.</source>
        <translation>导入的对话所显示的消息并不存在；请报告此问题。</translation>
    </message>
    <message>
        <source>An imported conversation is not a tree of finished messages; please report this.</source>
        <translation>导入的对话不是由已完成消息构成的树；请报告此问题。</translation>
    </message>
    <message>
        <source>This preference no longer exists; it may have been taken back in another window.</source>
        <translation>此偏好已不存在；可能已在另一窗口中撤回。</translation>
    </message>
    <message>
        <source>A preference was given to what is no answer; please report this.</source>
        <translation>偏好针对的不是回答；请报告此问题。</translation>
    </message>
    <message>
        <source>This profile entry no longer exists; look at the profile again.</source>
        <translation>此个人资料条目已不存在；请再次查看个人资料。</translation>
    </message>
    <message>
        <source>This memory no longer exists; look at the memories again.</source>
        <translation>此记忆已不存在；请再次查看记忆。</translation>
    </message>
    <message>
        <source>This conversation no longer exists; choose another one or start a new one.</source>
        <translation>此对话已不存在；请选择其他对话，或开始新对话。</translation>
    </message>
    <message>
        <source>This message no longer exists; its conversation may have been deleted in another window.</source>
        <translation>此消息已不存在；其对话可能已在另一窗口中删除。</translation>
    </message>
    <message>
        <source>The database {file} is damaged (it names no version); restore a backup of it.</source>
        <translation>数据库 {file} 已损坏（未注明版本）；请恢复其备份。</translation>
    </message>
    <message>
        <source>The database {file} was written by a newer version of CoSteer Desktop; update the application. Nothing was changed.</source>
        <translation>数据库 {file} 由较新版本的 CoSteer Desktop 写入；请更新应用。未作任何更改。</translation>
    </message>
    <message>
        <source>The database could not be updated, and nothing was changed; please report this.</source>
        <translation>无法更新数据库，未作任何更改；请报告此问题。</translation>
    </message>
    <message>
        <source>{file} is not a database of CoSteer Desktop; move it away and start again.</source>
        <translation>{file} 不是 CoSteer Desktop 的数据库；请将其移走后重新启动。</translation>
    </message>
    <message>
        <source>{file} cannot be removed ({why}); remove it by hand.</source>
        <translation>无法移除 {file}（{why}）；请手动移除。</translation>
    </message>
    <message>
        <source>platform.openai.com, under API keys</source>
        <translation>platform.openai.com 的“API keys”</translation>
    </message>
    <message>
        <source>openrouter.ai, under Keys</source>
        <translation>openrouter.ai 的“Keys”</translation>
    </message>
    <message>
        <source>api.together.ai, under API keys</source>
        <translation>api.together.ai 的“API keys”</translation>
    </message>
    <message>
        <source>app.fireworks.ai, under API keys</source>
        <translation>app.fireworks.ai 的“API keys”</translation>
    </message>
    <message>
        <source>platform.deepseek.com, under API keys</source>
        <translation>platform.deepseek.com 的“API keys”</translation>
    </message>
    <message>
        <source>console.mistral.ai, under API keys</source>
        <translation>console.mistral.ai 的“API keys”</translation>
    </message>
    <message>
        <source>console.groq.com, under API keys</source>
        <translation>console.groq.com 的“API keys”</translation>
    </message>
</context>
</TS>
