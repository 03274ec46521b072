r6 = r1
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r1 = r7
r1 += 14
if r1 > r8 goto +210
r2 = *(u16 *)(r7 + 12)
if r2 == 8 goto +3
if r2 == 56710 goto +76
if r2 == 1544 goto +170
goto +205
r1 = r7
r1 += 34
if r1 > r8 goto +202
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 30)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +25
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +184
r4 = 65536
r3 = *(u8 *)(r7 + 23)
r1 = *(u16 *)(r7 + 20)
r1 &= 65311
if r1 != 0 goto +11
r2 = *(u8 *)(r7 + 14)
r2 &= 15
r2 <<= 2
if r2 < 20 goto +7
r5 = r7
r5 += 14
r5 += r2
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 2)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +163
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +161
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 26)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +25
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +149
r4 = 65536
r3 = *(u8 *)(r7 + 23)
r1 = *(u16 *)(r7 + 20)
r1 &= 65311
if r1 != 0 goto +11
r2 = *(u8 *)(r7 + 14)
r2 &= 15
r2 <<= 2
if r2 < 20 goto +7
r5 = r7
r5 += 14
r5 += r2
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 0)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +128
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +126
goto +131
r1 = r7
r1 += 54
if r1 > r8 goto +128
r1 = *(u8 *)(r7 + 20)
if r1 != 58 goto +23
r1 = r7
r1 += 78
if r1 > r8 goto +20
r1 = *(u8 *)(r7 + 54)
if r1 != 135 goto +18
r1 = 128
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 62)
*(u32 *)(r10 - 16) = r1
r1 = *(u32 *)(r7 + 66)
*(u32 *)(r10 - 12) = r1
r1 = *(u32 *)(r7 + 70)
*(u32 *)(r10 - 8) = r1
r1 = *(u32 *)(r7 + 74)
*(u32 *)(r10 - 4) = r1
r1 = 6 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +2
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +97
r1 = 128
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 38)
*(u32 *)(r10 - 16) = r1
r1 = *(u32 *)(r7 + 42)
*(u32 *)(r10 - 12) = r1
r1 = *(u32 *)(r7 + 46)
*(u32 *)(r10 - 8) = r1
r1 = *(u32 *)(r7 + 50)
*(u32 *)(r10 - 4) = r1
r1 = 6 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +17
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +79
r4 = 65536
r3 = *(u8 *)(r7 + 20)
r5 = r7
r5 += 54
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 2)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +66
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +64
r1 = 128
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 22)
*(u32 *)(r10 - 16) = r1
r1 = *(u32 *)(r7 + 26)
*(u32 *)(r10 - 12) = r1
r1 = *(u32 *)(r7 + 30)
*(u32 *)(r10 - 8) = r1
r1 = *(u32 *)(r7 + 34)
*(u32 *)(r10 - 4) = r1
r1 = 6 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +17
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +46
r4 = 65536
r3 = *(u8 *)(r7 + 20)
r5 = r7
r5 += 54
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 0)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +33
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +31
goto +36
r1 = r7
r1 += 42
if r1 > r8 goto +33
r2 = *(u16 *)(r7 + 16)
if r2 != 8 goto +31
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 38)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +2
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +13
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 28)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +2
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +1
goto +6
r1 = 8 ll # map
r2 = *(u32 *)(r6 + 16)
r3 = 2
call 51
exit
r0 = 1
exit
